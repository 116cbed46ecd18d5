import {
  approveTrust,
  collectKeys,
  decideTrust,
  type ImportedKnownHosts,
  type KeyCollection,
  type TrustSummary,
} from '@rollcall/contract/api'
import type { SampleAnswer } from './sample-fleet.ts'

type Row = Record<string, string | number | null>

export interface SampleTrust {
  readonly rows: Row[]
  answer(method: string, id: string | undefined, action: string | undefined, body: unknown): SampleAnswer
}

/** Invented keys in all states that there are: one host shows another, and one directory does. */
export const sampleTrust = (now: number, hosts: number): SampleTrust => {
  const ago = (hours: number) => new Date(now - hours * 3_600_000).toISOString()
  const key = (seed: number) =>
    `SHA256:${'kR0lLcALlsAmPLeF1NgERpRiNtOfAnInVeNTeDkEy7'
      .split('')
      .map((letter, index) => ((index * seed) % 7 === 3 ? String((seed + index) % 10) : letter))
      .join('')}A`
  const certificate = (seed: number) => `SHA256:${(seed * 7919).toString(16).padStart(8, '0').repeat(8)}`
  const names = ['web01', 'web02', 'db01', 'db02', 'build01', 'bastion', 'mail01', 'cache01', 'vpn01', 'nas01']
  const base = (id: string, more: Row): Row => ({
    id,
    segment: 'local',
    kind: 'host-key',
    algorithm: 'ssh-ed25519',
    origin: 'first-use',
    state: 'first-use',
    first_seen: ago(900),
    last_seen: ago(5),
    agent: 'fra-scan-1',
    agent_id: 'abcdefghijklmnopqrstuvwxa2',
    shown_fingerprint: 'none',
    shown_algorithm: 'none',
    shown_at: 'none',
    shown_agent: 'none',
    shown_agent_id: 'none',
    decided_by: 'nobody',
    decided_at: 'never',
    reason: 'none',
    former: 'none',
    ...more,
  })
  const approved = { state: 'approved', decided_by: 'amelia', decided_at: ago(700), reason: 'compared on the console' }
  const rows: Row[] =
    hosts === 0
      ? []
      : [
          ...names.map((name, index) =>
            base(`k${index}`, {
              name: `${name}.fra.example.net`,
              fingerprint: key(index + 2),
              ...(index % 3 === 0 ? approved : index % 3 === 1 ? { state: 'collected', origin: 'collected' } : {}),
            }),
          ),
          base('k20', {
            name: '[jump.ams.example.net]:2222',
            fingerprint: key(31),
            ...approved,
            state: 'changed',
            agent: 'ams-scan-1',
            shown_algorithm: 'ssh-ed25519',
            shown_fingerprint: key(37),
            shown_at: ago(2),
            shown_agent: 'ams-scan-1',
            shown_agent_id: 'abcdefghijklmnopqrstuvwxb2',
          }),
          base('k21', {
            name: '|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg=',
            fingerprint: key(41),
            ...approved,
            origin: 'import',
            agent: 'amelia',
          }),
          base('k22', {
            name: 'ldaps://dc1.example.com',
            kind: 'certificate',
            algorithm: 'x509',
            fingerprint: certificate(3),
          }),
          base('k23', {
            name: 'ldaps://ldap.example.org:3636',
            kind: 'certificate',
            algorithm: 'x509',
            fingerprint: certificate(11),
            ...approved,
            state: 'rejected',
            shown_algorithm: 'x509',
            shown_fingerprint: certificate(13),
            shown_at: ago(30),
            shown_agent: 'fra-scan-1',
            reason: 'nobody there knows of it',
          }),
        ]
  let collections: KeyCollection[] =
    hosts === 0
      ? []
      : [
          {
            id: '5d2f1c1e-8f0a-4c38-9f55-0b7a9a3f7c11',
            segment: 'local',
            startedAt: ago(3),
            startedBy: 'amelia',
            targets: 'Frankfurt, Jump hosts',
            endedAt: ago(2.9),
            state: 'done',
            asked: 41,
            fresh: 4,
            known: 35,
            changed: 1,
            silent: 219,
            failed: [
              {
                code: 'not-ssh',
                sentence: 'what listens there is no SSH server',
                count: 1,
                examples: ['ssh://10.20.0.9'],
              },
            ],
          },
        ]
  const decide = (chosen: readonly Row[], change: Row) => {
    for (const row of chosen) Object.assign(row, { decided_by: 'amelia', decided_at: ago(0) }, change)
    return { status: 200, body: { changed: chosen.length } }
  }
  const seen = (row: Row) => row['state'] === 'first-use' || row['state'] === 'collected'
  const answer: SampleTrust['answer'] = (method, id, action, body) => {
    if (method === 'GET' && id === undefined) return { status: 200, body: summary() }
    if (method === 'POST' && (id === 'approve' || id === 'forget')) {
      const { ids } = approveTrust.parse(body)
      const chosen = rows.filter((row) => (ids === undefined ? seen(row) : ids.includes(String(row['id']))))
      if (id === 'approve') return decide(chosen.filter(seen), { state: 'approved' })
      for (const row of chosen) rows.splice(rows.indexOf(row), 1)
      return { status: 200, body: { changed: chosen.length } }
    }
    if (method === 'POST' && id === 'collections') {
      const { segment, include } = collectKeys.parse(body)
      const [done] = collections
      const collection: KeyCollection = {
        ...(done ?? { asked: 0, fresh: 0, known: 0, changed: 0, silent: 0, failed: [] }),
        id: `c${collections.length}`,
        segment,
        startedAt: ago(0),
        startedBy: 'amelia',
        targets: include?.join(', ') ?? 'Frankfurt, Jump hosts',
        endedAt: null,
        state: 'running',
        asked: 12,
        fresh: 0,
      }
      collections = [collection, ...collections]
      return { status: 201, body: { collection } }
    }
    if (method === 'POST' && id === 'known-hosts') {
      const imported: ImportedKnownHosts = {
        approved: 3,
        revoked: 0,
        known: 12,
        conflicting: ['db01.fra.example.net'],
        conflicts: 1,
        leftOut: [{ line: 4, why: 'it does not follow the format' }],
        leftOutLines: 1,
      }
      return { status: 200, body: imported }
    }
    const row = rows.find((one) => one['id'] === id)
    if (row === undefined || method !== 'POST') return undefined
    const { reason } = decideTrust.parse(body)
    if (action === 'reject') return decide([row], { state: 'rejected', reason })
    const none = { shown_fingerprint: 'none', shown_algorithm: 'none', shown_at: 'none', shown_agent: 'none' }
    return decide([row], {
      state: 'approved',
      reason,
      former: row['fingerprint'] ?? null,
      fingerprint: row['shown_fingerprint'] ?? null,
      ...none,
    })
  }
  const summary = (): TrustSummary => ({
    keys: (['host-key', 'certificate'] as const).flatMap((kind) =>
      (['changed', 'rejected', 'first-use', 'collected', 'approved', 'revoked'] as const).map((state) => ({
        kind,
        state,
        count: rows.filter((row) => row['kind'] === kind && row['state'] === state).length,
      })),
    ),
    segments: ['local', 'frankfurt'],
    collections,
  })
  return { rows, answer }
}
