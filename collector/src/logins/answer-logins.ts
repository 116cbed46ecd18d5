import { loginAttempt, loginAttemptAnswer, loginResult, loginResultAnswer } from '@rollcall/contract/bus'
import type { Fleet } from '../fleet/fleet.ts'
import type { LoginBook } from './login-book.ts'

/** Has agents of the fleet ask before they log in with a password. */
export const answerLogins = (fleet: Pick<Fleet, 'answers'>, book: LoginBook): void => {
  fleet.answers(loginAttempt.type, async (message, { id }) =>
    loginAttemptAnswer.write(await book.begin(id, loginAttempt.read(message))),
  )
  fleet.answers(loginResult.type, async (message, { id }) => {
    const result = loginResult.read(message)
    await book.ended(id, result)
    return loginResultAnswer.write({ id: result.id })
  })
}
