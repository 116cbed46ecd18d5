import type { Outcome, Target } from '@rollcall/contract'
import type { LeaseOutcome } from '@rollcall/contract/bus'
import { ReachError } from '@rollcall/reach'
import type { DirectoryReading } from '../directory-look.ts'
import { NOTHING_LENT, type Leases, type Lent } from './leases.ts'

/** What is lent for a look, if there is anywhere to ask. After an abort nothing is: the look itself then says that it was cancelled. */
export const borrowed = async (
  leases: Leases | undefined,
  run: string,
  target: Target,
  signal: AbortSignal,
  planned?: string,
): Promise<Lent> => {
  if (leases === undefined || target.kind === 'local' || signal.aborted) return NOTHING_LENT()
  try {
    return await leases.borrow(run, target, signal, planned)
  } catch (error) {
    if (signal.aborted) return NOTHING_LENT()
    throw error
  }
}

/** Reads directories with what was lent, and notices how that fared. */
export const withLogin = (reading: DirectoryReading, lent: Lent): DirectoryReading => {
  const login = lent.directory === undefined ? {} : { login: lent.directory }
  const noticed = async <T>(look: Promise<T>): Promise<T> => {
    try {
      const result = await look
      lent.outcome = 'reached'
      return result
    } catch (error) {
      if (!(error instanceof ReachError)) throw error
      lent.outcome = outcomeOf(error.code)
      if (error.code !== 'no-credential' || error.detail !== undefined || lent.problem === undefined) throw error
      throw new ReachError(error.code, error.target, { cause: error, detail: lent.problem })
    }
  }
  return {
    look: (target, tools) => noticed(reading.look(target, { ...tools, ...login })),
    list: (computers, tools) => noticed(reading.list(computers, { ...tools, ...login })),
  }
}

/** How what was lent fared, by how the look did. */
export const fared = ({ status, reasons }: Outcome): LeaseOutcome => {
  if (status === 'complete' || status === 'partial') return 'reached'
  const [first] = reasons
  return first === undefined ? 'unknown' : outcomeOf(first.code)
}

/** A target that was not reached says also why nothing was lent for it. */
export const withProblem = (reached: Outcome, problem: string | undefined): Outcome =>
  problem === undefined || reached.status === 'complete'
    ? reached
    : {
        ...reached,
        reasons: [...reached.reasons.slice(0, 49), { code: 'no-credential', detail: `nothing was lent: ${problem}` }],
      }

const outcomeOf = (code: string): LeaseOutcome =>
  code === 'login-rejected' ? 'rejected' : NOT_OFFERED.has(code) ? 'unused' : 'unknown'

/** Then nothing was shown to the target. */
const NOT_OFFERED = new Set([
  'no-address',
  'out-of-scope',
  'refused',
  'unreachable',
  'not-ssh',
  'host-key-changed',
  'host-key-unknown',
  'host-key-unverified',
  'no-credential',
  'login-not-repeated',
  'not-ldap',
  'certificate-untrusted',
  'certificate-changed',
  'certificate-name',
  'tls-required',
  'tls-failed',
])
