import { probes, type StoredHash } from '@rollcall/discovery'
import { collectHostKey, type HostKeys, type LoginAttempt, type PasswordRules } from '@rollcall/reach'
import type { CompareHashes } from '../compare-hashes.ts'
import { memoriesFrom, type FileMemories } from '../file-memories.ts'
import { fitting } from '../fitting.ts'
import { scanTarget } from '../scanning.ts'
import { askedLedger } from './asked-ledger.ts'
import { received, sent } from './sent-host-key.ts'
import type { Asking, WorkTools } from './work.ts'
import type { Gives, HostAccess, LoginAsked, SentHash, Work } from './words.ts'

/** Scans a host. */
export const scanOf = async (
  { target, access, wishes, ordered, memories, compares }: Extract<Work, { kind: 'host' }>,
  { ask, keyedDigest, signal }: WorkTools,
): Promise<Gives['host']> => {
  const scanning = {
    probes,
    reach: { ...access, hostKeys: hostKeysOf(ask), ...passwordsOf(access, ask) },
    now: () => new Date(),
    keyedDigest,
    wishes,
    ...(memories === undefined ? {} : { memories: memoriesOf(memories, ask) }),
    ...(compares ? { compareHashes: comparing(ask) } : {}),
  }
  const scan = await scanTarget(target, scanning, signal, ordered)
  // What does not fit a report need not travel to the agent.
  return {
    ...scan,
    sections: fitting(scan.sections).map((section) => ({ ...section, findings: section.findings ?? [] })),
  }
}

/** Asks a host for its key. */
export const hostKeyOf = async (
  { target, known, limits }: Extract<Work, { kind: 'host-key' }>,
  { signal }: WorkTools,
): Promise<Gives['host-key']> => {
  if (target.kind === 'local') throw new TypeError('this machine has no key to show')
  return sent(await collectHostKey(target, { known: known.map(received), limits, over: signal }))
}

/** Passwords are known by the login that they came with. */
const passwordsOf = ({ logins, passwordsOf: of }: HostAccess, ask: Asking): { passwords?: PasswordRules } => {
  if (of === undefined) return {}
  const which = ({ password }: LoginAttempt): LoginAsked => {
    const login = logins.findIndex(({ methods }) =>
      methods.some((method) => method.kind === 'password' && method.password === password),
    )
    if (login !== -1) return { login, use: 'login' }
    return {
      login: logins.findIndex(({ sudo }) => sudo.kind === 'password' && sudo.password === password),
      use: 'sudo',
    }
  }
  return { passwords: { ledger: askedLedger(ask, which), of } }
}

const hostKeysOf = (ask: Asking): HostKeys => ({
  async of() {
    const { keys, revoked, ...more } = await ask('host-keys', null)
    return { keys: keys.map(received), revoked: revoked.map(received), ...more }
  },
  pin: (_host, _port, key) => ask('pin-host-key', sent(key)),
  shown: async (_host, _port, key) => void (await ask('other-host-key', sent(key))),
  malformed: () => Promise.resolve(0),
})

const memoriesOf = (version: string, ask: Asking): FileMemories =>
  memoriesFrom({
    version,
    read: async (_, hostKey) => (await ask('remembered-files', { hostKey: hostKey ?? null })) ?? undefined,
    write: async (_, hostKey, text) => void (await ask('remember-files', { hostKey: hostKey ?? null, text })),
  })

const comparing =
  (ask: Asking): CompareHashes =>
  (hashes, milliseconds) =>
    ask('compare', { hashes: hashes.map(sentHash), milliseconds })

const sentHash = ({ reveal, ...about }: StoredHash): SentHash => ({ hash: reveal(), ...about })
