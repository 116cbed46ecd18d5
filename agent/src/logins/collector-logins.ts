import { BusError, type Line } from '@rollcall/bus'
import {
  loginAttempt,
  loginAttemptAnswer,
  loginResult,
  MessageRefused,
  requestRefused,
  subjects,
} from '@rollcall/contract/bus'
import type { SharedLedger } from '@rollcall/reach'
import type { Logger } from 'pino'

export interface CollectorLoginsOptions {
  /** The agent's id. */
  readonly agent: string
  readonly line: Pick<Line, 'ask'>
  readonly log: Logger
}

/** The collector's ledger of logins, as an agent asks it. */
export const collectorLogins = ({ agent, line, log }: CollectorLoginsOptions): SharedLedger => ({
  async begin(asked, signal) {
    try {
      const answer = await line.ask(subjects.request(agent), loginAttempt.write(asked), { signal })
      // Whoever is not let work sends no passwords either.
      if (answer.type === requestRefused.type) return { id: asked.id, verdict: 'suspended' }
      const told = loginAttemptAnswer.read(answer)
      return told.id === asked.id ? told : 'away'
    } catch (error) {
      if (signal.aborted) throw signal.reason
      if (!(error instanceof BusError) && !(error instanceof MessageRefused)) throw error
      log.debug({ code: error.code }, 'whether a password may be tried could not be asked')
      return 'away'
    }
  },

  ended(id, outcome) {
    line
      .ask(subjects.request(agent), loginResult.write({ id, outcome }))
      .catch((error: unknown) => log.debug({ err: error }, 'how a login ended is told with the next one'))
  },
})
