import type { Finding, Rights } from '@rollcall/contract'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { findingKeys } from './finding-key.ts'
import type { KnownFinding, ScopeState } from './known-scope.ts'
import { afterChanges, fewerRights, nothingNew, reconcile, type SeenSection } from './reconcile.ts'

const DAY_1 = '2026-01-01T00:00:00.000Z'
const DAY_2 = '2026-01-02T00:00:00.000Z'

const account = (name: string, facts: { uid?: number; line?: number } = {}): Finding => ({
  kind: 'account',
  name,
  uid: facts.uid ?? 1,
  gid: 1,
  home: '/',
  shell: '/bin/sh',
  interactiveShell: true,
  place: { path: '/etc/passwd', line: facts.line ?? 1 },
})

const known = (finding: Finding, goneSince: string | null = null): KnownFinding => ({
  key: findingKeys([finding])[0]!,
  finding,
  firstSeen: DAY_1,
  changedAt: DAY_1,
  goneSince,
})

const scope: ScopeState = {
  probe: 'local-accounts',
  outcome: { status: 'complete', reasons: [] },
  privilege: 'root',
  strongest: 'root',
  digest: 'a'.repeat(64),
  findings: 1,
  kept: 0,
  lastLook: DAY_1,
  lastComplete: DAY_1,
}

const look = (
  findings: Finding[],
  status: SeenSection['outcome']['status'] = 'complete',
  privilege: Rights = 'root',
): SeenSection => ({
  outcome: { status, reasons: [] },
  privilege,
  findings,
})

const types = ({ changes }: ReturnType<typeof reconcile>) => changes.map(({ type }) => type)

test('an account that a complete look does not mention is gone', () => {
  expect(types(reconcile(scope, [known(account('root'))], look([])))).toEqual(['vanished'])
})

test.each(['partial', 'denied', 'absent', 'truncated', 'timed-out', 'failed'] as const)(
  'a %s look retires nothing, and says what it kept',
  (status) => {
    expect(reconcile(scope, [known(account('root'))], look([], status))).toEqual({
      changes: [],
      findings: 1,
      kept: 1,
      suspected: 0,
    })
  },
)

test('a look with fewer rights than what is held was seen with retires nothing, however complete', () => {
  expect(reconcile(scope, [known(account('root'))], look([], 'complete', 'user')).kept).toBe(1)
  expect(reconcile({ ...scope, privilege: 'user' }, [known(account('root'))], look([], 'complete', 'user')).kept).toBe(
    1,
  )
})

test('where nobody ever looked as root, a user may retire', () => {
  expect(
    types(
      reconcile(
        { ...scope, privilege: 'user', strongest: 'user' },
        [known(account('root'))],
        look([], 'complete', 'user'),
      ),
    ),
  ).toEqual(['vanished'])
})

test('a partial look still adds and changes', () => {
  const seen = look([account('root', { uid: 7 }), account('eve')], 'partial')
  expect(types(reconcile(scope, [known(account('root'))], seen))).toEqual(['changed', 'appeared'])
})

test('what the first look finds is found, not changed', () => {
  expect(types(reconcile(undefined, [], look([account('root')])))).toEqual(['found'])
})

test('what comes back keeps its first day', () => {
  const before = [known(account('eve'), DAY_1)]
  const { changes } = reconcile(scope, before, look([account('eve')]))
  expect(changes.map(({ type }) => type)).toEqual(['reappeared'])
  expect(afterChanges(before, changes, DAY_2)).toMatchObject([{ firstSeen: DAY_1, changedAt: DAY_2, goneSince: null }])
})

test('a moved line is the same fact: brought up to date, but no change', () => {
  const { changes } = reconcile(scope, [known(account('root'))], look([account('root', { line: 9 })]))
  expect(changes).toMatchObject([{ type: 'moved', finding: { place: { line: 9 } } }])
})

test('that the file of a key was written to is no change of the key; that others may now write to it is one', () => {
  const key = (modified: string, mode = '0600'): Finding => ({
    kind: 'key',
    role: 'authorized',
    fingerprint: 'SHA256:one',
    algorithm: 'ssh-ed25519',
    account: 'alice',
    file: { modified, mode, owner: 1000 },
    place: { path: '/home/alice/.ssh/authorized_keys', line: 2 },
  })
  const before = [known(key('2026-01-01T00:00:00Z'))]
  expect(reconcile(scope, before, look([key('2026-02-01T00:00:00Z')])).changes).toMatchObject([{ type: 'moved' }])
  expect(reconcile(scope, before, look([key('2026-02-01T00:00:00Z', '0666')])).changes).toMatchObject([
    { type: 'changed' },
  ])
})

test('the same once more changes nothing', () => {
  expect(reconcile(scope, [known(account('root'))], look([account('root')]))).toEqual({
    changes: [],
    findings: 1,
    kept: 0,
    suspected: 0,
  })
})

test('what is gone stays gone until it is seen again', () => {
  expect(reconcile(scope, [known(account('eve'), DAY_1)], look([]))).toEqual({
    changes: [],
    findings: 0,
    kept: 0,
    suspected: 0,
  })
})

test('the same digest leaves nothing to do, unless what was kept may now be retired', () => {
  const same = { ...look([]), digest: scope.digest! }
  expect(nothingNew(scope, same)).toBe(true)
  expect(nothingNew({ ...scope, kept: 1 }, same)).toBe(false)
  expect(nothingNew({ ...scope, kept: 1 }, { ...same, outcome: { status: 'partial', reasons: [] } })).toBe(true)
  expect(nothingNew(scope, { ...same, digest: 'b'.repeat(64) })).toBe(false)
  expect(nothingNew(undefined, same)).toBe(false)
})

const looks = fc.array(
  fc.record({
    names: fc.array(fc.constantFrom('root', 'eve', 'bob', 'eve '), { maxLength: 5 }),
    uid: fc.integer({ min: 0, max: 2 }),
    status: fc.constantFrom('complete' as const, 'partial' as const, 'denied' as const),
    privilege: fc.constantFrom('root' as const, 'listed' as const, 'user' as const),
  }),
  { minLength: 1, maxLength: 8 },
)

test('over any series of looks, nothing is retired but by a complete look with enough rights, and the current findings are what was said', () => {
  fc.assert(
    fc.property(looks, (series) => {
      let held: KnownFinding[] = []
      let state: ScopeState | undefined
      for (const { names, uid, status, privilege } of series) {
        const seen = look(
          names.map((name) => account(name, { uid })),
          status,
          privilege,
        )
        const result = reconcile(state, held, seen)
        const retires = status === 'complete' && (state === undefined || !fewerRights(privilege, state.strongest))
        if (!retires) expect(result.changes.some(({ type }) => type === 'vanished')).toBe(false)
        const current = afterChanges(held, result.changes, DAY_2)
        expect(current.length).toBe(result.findings)
        const said = new Set(findingKeys(seen.findings))
        expect([...said].every((key) => current.some((finding) => finding.key === key))).toBe(true)
        expect(current.filter(({ key }) => !said.has(key)).length).toBe(result.kept)
        if (retires) expect(current.map(({ key }) => key).sort()).toEqual([...said].sort())
        const kept = new Set(current.map(({ key }) => key))
        held = [
          ...current,
          ...held.filter(({ key }) => !kept.has(key)).map((gone) => ({ ...gone, goneSince: gone.goneSince ?? DAY_2 })),
        ]
        state = {
          ...scope,
          privilege,
          strongest: state === undefined || fewerRights(state.strongest, privilege) ? privilege : state.strongest,
          findings: result.findings,
          kept: result.kept,
        }
        // Doing it again is doing nothing.
        expect(reconcile(state, held, seen).changes).toEqual([])
      }
    }),
  )
})
