import { finding } from '@rollcall/contract'
import { describe, expect, test } from 'vitest'
import { exampleHost, type ExampleWorld } from '../testing/example-host.ts'
import type { FoundEntry } from '../host.ts'
import { exampleLook, lookAtPaths, pathFindings, type PathUse } from './path-trust.ts'

type Entry = NonNullable<ExampleWorld['entries']>[number]

const folder = (path: string, rest: Partial<FoundEntry> = {}): Entry => ({ path, type: 'folder', mode: 0o755, ...rest })
const file = (path: string, rest: Partial<FoundEntry> = {}): Entry => ({ path, type: 'file', mode: 0o755, ...rest })
const link = (path: string, target: string, rest: Partial<FoundEntry> = {}): Entry => ({
  path,
  type: 'link',
  mode: 0o777,
  target,
  ...rest,
})

const runAs = (path: string, rest: Partial<PathUse> = {}): PathUse => ({
  path,
  role: 'run-as',
  account: 'root',
  ...rest,
})

/** What is told of a use on a host with these entries, as `path: writers`, and in how many rounds. */
const told = async (entries: readonly Entry[], ...uses: readonly PathUse[]) => {
  const { host, trips } = exampleHost({ entries: [folder('/'), ...entries] })
  const look = await lookAtPaths(
    {
      find: async (options) => {
        const [answer] = await host.ask([{ kind: 'find', ...options }], new AbortController().signal)
        return answer!.kind === 'find' ? answer!.result : { state: 'unread', why: 'connection-lost' }
      },
    },
    uses.map(({ path }) => path),
  )
  const { findings, reasons } = pathFindings(uses, look)
  for (const one of findings) finding.parse(one)
  return {
    found: findings.map(({ place, writableBy = [] }) => `${place.path}: ${writableBy.join(' ')}`),
    findings,
    reasons,
    rounds: trips.length,
  }
}

describe('an entry is told', () => {
  test('not where root owns everything and nobody else may write', async () => {
    const { found, rounds } = await told([folder('/opt'), file('/opt/run')], runAs('/opt/run'))
    expect(found).toEqual([])
    expect(rounds).toBe(1)
  })

  test('where a stranger owns it, or a folder on the way', async () => {
    const entries = [folder('/opt', { uid: 1000 }), file('/opt/run', { uid: 33 })]
    expect((await told(entries, runAs('/opt/run'))).found).toEqual(['/opt: owner', '/opt/run: owner'])
  })

  test('not where the account that uses it owns it', async () => {
    const entries = [folder('/home'), folder('/home/ann', { uid: 1000 }), file('/home/ann/job', { uid: 1000 })]
    expect((await told(entries, runAs('/home/ann/job', { account: 'ann', uid: 1000 }))).found).toEqual([])
    expect((await told(entries, runAs('/home/ann/job'))).found).toEqual(['/home/ann: owner', '/home/ann/job: owner'])
  })

  test('where a group or all others may write, and of a folder also enter', async () => {
    const entries = [
      folder('/a', { mode: 0o775, gid: 50 }),
      folder('/a/b', { mode: 0o766 }),
      file('/a/b/run', { mode: 0o757 }),
    ]
    expect((await told(entries, runAs('/a/b/run'))).found).toEqual(['/a: group', '/a/b/run: others'])
  })

  test('with the folders that not everybody may pass', async () => {
    const entries = [folder('/root', { mode: 0o700 }), folder('/root/bin'), file('/root/bin/run', { mode: 0o777 })]
    expect((await told(entries, runAs('/root/bin/run'))).findings[0]).toMatchObject({
      writableBy: ['group', 'others'],
      behind: [{ path: '/root', owner: 0, group: 0, mode: '0700' }],
    })
  })

  test('once for each role and account, with how many lead there', async () => {
    const { findings } = await told(
      [folder('/opt', { mode: 0o777 }), file('/opt/a'), file('/opt/b')],
      runAs('/opt/a', { because: 'cron job', namedBy: { path: '/etc/crontab', line: 3 } }),
      runAs('/opt/b', { because: 'unit b.service' }),
      // The same once more is no other.
      runAs('/opt/b', { because: 'unit b.service' }),
      runAs('/opt/b', { account: 'web', uid: 33 }),
    )
    expect(findings.map(({ account, because, namedBy }) => [account, because, namedBy])).toEqual([
      ['root', 'cron job and 1 more', { path: '/etc/crontab', line: 3 }],
      ['web', undefined, undefined],
    ])
  })
})

describe('a sticky folder', () => {
  const sticky = folder('/tmp', { mode: 0o1777 })

  test('protects what is there and owned by root or the account', async () => {
    expect((await told([sticky, file('/tmp/run')], runAs('/tmp/run'))).found).toEqual([])
  })

  test('does not protect what a stranger owns, nor what is not there yet', async () => {
    expect((await told([sticky, file('/tmp/run', { uid: 7 })], runAs('/tmp/run'))).found).toEqual(['/tmp/run: owner'])
    expect((await told([sticky], runAs('/tmp/run'))).found).toEqual(['/tmp: group others'])
  })

  test('does not help where it is itself what is used, since any name in it counts', async () => {
    expect((await told([sticky], { path: '/tmp', role: 'command-path', account: 'root' })).found).toEqual([
      '/tmp: group others',
    ])
  })

  test('does not stop its own owner', async () => {
    expect((await told([folder('/s', { mode: 0o1777, uid: 9 }), file('/s/run')], runAs('/s/run'))).found).toEqual([
      '/s: owner',
    ])
  })

  test('lets the owner of a link in it lead elsewhere', async () => {
    const entries = [sticky, link('/tmp/run', '/opt/run', { uid: 7 }), folder('/opt'), file('/opt/run')]
    expect((await told(entries, runAs('/tmp/run'))).found).toEqual(['/tmp/run: owner'])
    expect((await told([folder('/d'), link('/d/run', '/opt/run', { uid: 7 })], runAs('/d/run'))).found).toEqual([])
  })
})

describe('links', () => {
  test('are followed to what they lead to, in one more round', async () => {
    const entries = [
      folder('/opt'),
      folder('/opt/app'),
      link('/opt/app/current', 'v2/.'),
      folder('/opt/app/v2', { uid: 1000 }),
      file('/opt/app/v2/run', { mode: 0o777 }),
    ]
    const { found, rounds } = await told(entries, runAs('/opt/app/current/run'))
    expect(found).toEqual(['/opt/app/v2: owner', '/opt/app/v2/run: group others'])
    expect(rounds).toBe(2)
  })

  test('of a merged /usr cost no further round', async () => {
    const entries = [link('/bin', 'usr/bin'), folder('/usr'), folder('/usr/bin'), file('/usr/bin/x', { mode: 0o757 })]
    const { found, rounds } = await told(entries, runAs('/bin/x'))
    expect(found).toEqual(['/usr/bin/x: others'])
    expect(rounds).toBe(1)
  })

  test('that lead to links are followed once more, and beyond that a reason says so', async () => {
    const chain = (length: number) => [
      ...Array.from({ length }, (_, index) => link(`/l${index}`, `/l${index + 1}`)),
      file(`/l${length}`, { uid: 5 }),
    ]
    expect(await told(chain(2), runAs('/l0'))).toMatchObject({ found: ['/l2: owner'], rounds: 3, reasons: [] })
    expect(await told(chain(3), runAs('/l0'))).toMatchObject({
      found: [],
      rounds: 3,
      reasons: [{ code: 'too-deep', path: '/l0' }],
    })
  })

  test('in a circle end', async () => {
    expect((await told([link('/a', 'b'), link('/b', 'a')], runAs('/a'))).found).toEqual([])
  })

  test('go up from where they lead, not from where they lie', async () => {
    const entries = [
      folder('/x'),
      link('/x/l', '/y/z/../run'),
      folder('/y'),
      link('/y/z', '/deep/er'),
      folder('/deep', { mode: 0o777 }),
      folder('/deep/er'),
      file('/deep/run', { uid: 4 }),
    ]
    expect((await told(entries, runAs('/x/l'))).found).toEqual(['/deep: group others', '/deep/run: owner'])
  })
})

describe('what cannot be asked', () => {
  test('is a reason, once, and quotes nothing', async () => {
    const { reasons, rounds } = await told([], runAs('relative'), runAs('/a\nb'), runAs(`/${'x'.repeat(5000)}`))
    expect(reasons).toEqual([{ code: 'unsupported', detail: 'a path that cannot be asked for', count: 3 }])
    expect(rounds).toBe(0)
  })

  test('of too many paths is counted', async () => {
    const { reasons } = await told([], ...Array.from({ length: 6000 }, (_, index) => runAs(`/p${index}`)))
    expect(reasons).toEqual([{ code: 'too-many', detail: 'paths', count: 1001 }])
  })

  test('signs of patterns in a path stand for themselves', async () => {
    const entries = [file('/a[1]*?', { uid: 3 }), file('/a1xy', { uid: 4 })]
    expect((await told(entries, runAs('/a[1]*?'))).found).toEqual(['/a[1]*?: owner'])
  })

  test('does not count as absent', () => {
    const look = exampleLook(['/tmp/run'], [folder('/tmp', { mode: 0o1777 })])
    const cut = { ...look, found: [...look.found, { state: 'unread', why: 'timed-out' } as const] }
    expect(pathFindings([runAs('/tmp/run')], look).findings).toHaveLength(1)
    expect(pathFindings([runAs('/tmp/run')], cut).findings).toHaveLength(0)
  })
})
