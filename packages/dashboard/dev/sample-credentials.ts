import type { CredentialList } from '@rollcall/contract/api'

const of = (
  name: string,
  more: Partial<CredentialList['credentials'][number]>,
): CredentialList['credentials'][number] => ({
  id: `00000000-0000-4000-8000-${Buffer.from(name).toString('hex').padStart(12, '0').slice(-12)}`,
  name,
  kind: 'ssh-key',
  user: 'scan',
  segments: ['local'],
  targets: ['10.0.0.0/8'],
  version: 1,
  state: 'usable',
  stateSince: '2026-11-01T08:00:00.000Z',
  stateReason: null,
  rejections: 0,
  addedAt: '2026-11-01T08:00:00.000Z',
  addedBy: 'ops',
  lastLentAt: '2026-11-22T06:00:00.000Z',
  ...more,
})

/** Credentials that scan, as the collector tells of them. */
export const sampleCredentials = (): CredentialList => ({
  credentials: [
    of('estate key', {}),
    of('dmz password', {
      kind: 'password',
      segments: ['dmz'],
      targets: ['*.dmz.example.com'],
      state: 'suspended',
      stateReason: '3 targets in turn did not take it, ssh://web3.dmz.example.com:22 the last',
      rejections: 3,
    }),
  ],
  vault: {
    state: 'open',
    root: 'file',
    receiving: 'A'.repeat(43),
    fingerprint: '71dd-2d3f-d8a9-5d3b-2927-eed9-58c6-ef09',
    door: 'B'.repeat(43),
    lent: 0,
  },
})
