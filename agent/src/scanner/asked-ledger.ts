import type { LoginAttempt, LoginLedger } from '@rollcall/reach'
import type { Asking } from './work.ts'
import type { LoginAsked } from './words.ts'

/** The agent's ledger, as a process asks it: of logins that the agent gave it, and of no others. */
export const askedLedger = (ask: Asking, which: (attempt: LoginAttempt) => LoginAsked | null): LoginLedger => ({
  async begin(attempt) {
    const begun = await ask('begin-login', which(attempt))
    if (typeof begun === 'string') return begun
    return { end: async (outcome) => void (await ask('end-login', { login: begun, outcome })) }
  },
})
