import type { LoginRefusal, StartedLogin } from '@rollcall/reach'
import type { Answers, LoginAsked } from './words.ts'

/** Logins that a process begins in the agent's ledger, so that they are written down whatever becomes of it. */
export const begunLogins = (
  begin: (asked: LoginAsked | null) => Promise<StartedLogin | LoginRefusal>,
): { readonly answers: Answers; readonly over: () => Promise<void> } => {
  const begun = new Map<number, StartedLogin>()
  let count = 0
  return {
    answers: {
      'begin-login': async (asked) => {
        const started = await begin(asked)
        if (typeof started === 'string') return started
        begun.set(count, started)
        return count++
      },
      'end-login': async ({ login: number, outcome }) => {
        const started = begun.get(number)
        begun.delete(number)
        await started?.end(outcome)
        return null
      },
    },
    // The password may have been sent: it counts as a login of which nothing was heard.
    over: async () => void (await Promise.all([...begun.values()].map((started) => started.end('unanswered')))),
  }
}
