import { MAX_REASONS, type Finding, type OutcomeStatus, type Reason } from '@rollcall/contract'
import { describe, expect, test } from 'vitest'
import { exampleHost, exampleTools, type ExampleWorld as World } from './testing/example-host.ts'
import type { CommandResult, HostFile, Unread } from './host.ts'
import { exampleOutput, textOf, type Gathering, type HostProbe, type Parsed } from './probe.ts'
import { scanHost } from './scan.ts'

const hostOf = exampleHost

/** A probe that asks as told and finds one account for each file that could be read. */
const probe = (
  id: string,
  gather: (host: Gathering) => Promise<unknown>,
  parse: (gathered: unknown) => Parsed = () => ({ findings: [] }),
): HostProbe => ({
  id,
  title: id,
  needs: [],
  examples: [],
  gather,
  parse,
})

const reading = (id: string, ...patterns: string[]) => probe(id, (host) => host.read(...patterns))

const found = (name: string): Finding => ({
  kind: 'usage',
  account: name,
  consumer: 'login',
  lastUsed: 'never',
  place: { path: '/x' },
})

const sections = async (world: World, probes: readonly HostProbe[]) =>
  (await scanHost(hostOf(world).host, probes, exampleTools)).sections

const outcomeOf = async (world: World, one: HostProbe) => (await sections(world, [one]))[0]!.outcome

describe('round trips', () => {
  test('what all probes ask first travels in one, together with what identifies the host', async () => {
    const { host, trips } = hostOf()
    await scanHost(host, [reading('a', '/a'), reading('b', '/b'), probe('c', (host) => host.run('c'))], exampleTools)
    const asked = trips[0]!.map((request) =>
      request.kind === 'read' ? request.pattern : request.kind === 'run' ? request.argv[0] : 'find',
    )
    expect(asked).toEqual(expect.arrayContaining(['/a', '/b', 'c', '/etc/machine-id', 'uname']))
  })

  test('a question that depends on an answer costs one more, for all probes that have one', async () => {
    const { host, trips } = hostOf({ files: { '/a': 'x', '/b': 'x' } })
    const twice = (id: string) =>
      probe(id, async (host) => {
        const [first] = await host.read(`/${id}`)
        return host.read(`/${textOf(first)}/${id}`)
      })
    const { roundTrips } = await scanHost(host, [twice('a'), twice('b')], exampleTools)
    expect(roundTrips).toBe(trips.length)
    expect(trips[1]!.flatMap((request) => (request.kind === 'read' ? request.pattern : []))).toEqual(
      expect.arrayContaining(['/x/a', '/x/b']),
    )
  })

  test('the same question is asked once, and answered to everybody who asked', async () => {
    const { host, trips } = hostOf({ files: { '/etc/passwd': 'root' } })
    const telling = (id: string) =>
      probe(
        id,
        (host) => host.read('/etc/passwd'),
        (files) => ({ findings: [found(textOf((files as HostFile[])[0]))] }),
      )
    const { sections } = await scanHost(host, [telling('a'), telling('b')], exampleTools)
    expect(trips.flat().filter((request) => request.kind === 'read' && request.pattern === '/etc/passwd')).toHaveLength(
      1,
    )
    expect(sections.map(({ findings }) => findings)).toEqual([[found('root')], [found('root')]])
  })

  test('the same file under other limits is another question', async () => {
    const { host, trips } = hostOf()
    await scanHost(host, [reading('a', '/a'), probe('b', (host) => host.readWith({ maxBytes: 1 }, '/a'))], exampleTools)
    expect(trips.flat().filter((request) => request.kind === 'read' && request.pattern === '/a')).toHaveLength(2)
  })
})

describe('a probe that fails', () => {
  const broken: [string, HostProbe][] = [
    ['while it gathers', probe('broken', () => Promise.reject(new TypeError('root:$6$secret')))],
    [
      'before it gathers',
      probe('broken', () => {
        throw new TypeError('root:$6$secret')
      }),
    ],
    [
      'while it parses',
      probe(
        'broken',
        (host) => host.read('/a'),
        () => {
          throw new TypeError('root:$6$secret')
        },
      ),
    ],
  ]

  test.each(broken)('%s stops no other, and tells what kind of fault it was but none of its words', async (_, one) => {
    const all = await sections({ files: { '/a': 'x' } }, [
      one,
      probe(
        'sound',
        (host) => host.read('/a'),
        () => ({ findings: [found('root')] }),
      ),
    ])
    expect(all).toEqual([
      {
        probe: 'broken',
        outcome: { status: 'failed', reasons: [{ code: 'probe-fault', detail: 'TypeError' }] },
        findings: [],
      },
      { probe: 'sound', outcome: { status: 'complete', reasons: [] }, findings: [found('root')] },
    ])
  })
})

describe('the outcome', () => {
  const unread = (path: string, why: Unread): HostFile => ({ path, state: 'unread', why })
  const cut = (path: string): HostFile => ({ path, state: 'read', bytes: new Uint8Array(1), truncated: true })

  const ofFiles: [OutcomeStatus, string, World['files']][] = [
    ['complete', 'everything was read', { '/a': 'x', '/b': 'y' }],
    ['complete', 'the files are not there', {}],
    ['complete', 'one is there and the other is not', { '/a': 'x' }],
    ['denied', 'nothing may be read', { '/a': unread('/a', 'not-permitted'), '/b': unread('/b', 'not-permitted') }],
    ['denied', 'one may not be read and the other is not there', { '/a': unread('/a', 'not-permitted') }],
    ['partial', 'one may not be read', { '/a': unread('/a', 'not-permitted'), '/b': 'y' }],
    ['partial', 'one has an error', { '/a': unread('/a', 'io-error'), '/b': 'y' }],
    ['truncated', 'one was cut off', { '/a': cut('/a'), '/b': 'y' }],
    ['partial', 'one was cut off and another denied', { '/a': cut('/a'), '/b': unread('/b', 'not-permitted') }],
    ['timed-out', 'nothing came in time', { '/a': unread('/a', 'timed-out'), '/b': unread('/b', 'timed-out') }],
    ['partial', 'one did not come in time', { '/a': unread('/a', 'timed-out'), '/b': 'y' }],
    [
      'failed',
      'the connection broke before',
      { '/a': unread('/a', 'connection-lost'), '/b': unread('/b', 'connection-lost') },
    ],
    ['failed', 'only a special file is there', { '/a': unread('/a', 'not-a-regular-file') }],
  ]
  test.each(ofFiles)('is %s where %s', async (status, _, files) => {
    expect((await outcomeOf({ files: files ?? {} }, reading('one', '/a', '/b'))).status).toBe(status)
  })

  const ofPrograms: [OutcomeStatus, string, CommandResult, Reason | undefined][] = [
    ['complete', 'the program ran', exampleOutput('x'), undefined],
    ['complete', 'a missing program means nothing to the probe', { state: 'unread', why: 'tool-missing' }, undefined],
    [
      'absent',
      'a missing program is all that could tell',
      { state: 'unread', why: 'tool-missing' },
      { code: 'tool-missing', detail: 'it' },
    ],
    ['denied', 'it may not be run', { state: 'unread', why: 'not-permitted' }, undefined],
    ['timed-out', 'it did not end in time', { state: 'unread', why: 'timed-out' }, undefined],
    ['truncated', 'its output was cut off', { ...exampleOutput('x'), truncated: true } as CommandResult, undefined],
    ['partial', 'it ran and the probe missed something', exampleOutput('x', 1), { code: 'tool-failed', detail: 'it' }],
  ]
  test.each(ofPrograms)('is %s where %s', async (status, _, result, missed) => {
    const one = probe('one', async (host) => {
      await host.run('it')
      if (missed !== undefined) host.missed(missed)
    })
    const { status: got, reasons } = await outcomeOf({ programs: { it: result } }, one)
    expect(got).toBe(status)
    expect(reasons.length > 0).toBe(status !== 'complete')
  })

  test('is partial where the probe says that something may be hidden, and stays complete for what is only worth telling', async () => {
    const saying = (said: Omit<Parsed, 'findings'>) =>
      probe(
        'one',
        (host) => host.read('/a'),
        () => ({ findings: [], ...said }),
      )
    const reason: Reason = { code: 'unparsable', path: '/a', line: 3 }
    expect(await outcomeOf({ files: { '/a': 'x' } }, saying({ reasons: [reason] }))).toEqual({
      status: 'partial',
      reasons: [reason],
    })
    expect(await outcomeOf({ files: { '/a': 'x' } }, saying({ notes: [reason] }))).toEqual({
      status: 'complete',
      reasons: [reason],
    })
  })

  test('tells the same reason at the same place once, with its count', async () => {
    const reasons: Reason[] = Array.from({ length: 3 }, () => ({ code: 'unparsable', path: '/a' }))
    const one = probe(
      'one',
      (host) => host.read('/a'),
      () => ({ findings: [], reasons }),
    )
    expect((await outcomeOf({ files: { '/a': 'x' } }, one)).reasons).toEqual([
      { code: 'unparsable', path: '/a', count: 3 },
    ])
  })

  test('never holds more reasons than travel; the last one counts the rest', async () => {
    const reasons = Array.from({ length: 1000 }, (_, index): Reason => ({
      code: 'unparsable',
      path: '/a',
      line: index + 1,
    }))
    const one = probe(
      'one',
      (host) => host.read('/a'),
      () => ({ findings: [], reasons }),
    )
    const told = (await outcomeOf({ files: { '/a': 'x' } }, one)).reasons
    expect(told).toHaveLength(MAX_REASONS)
    expect(told.at(-1)).toEqual({ code: 'too-many', detail: 'further reasons', count: 1000 - MAX_REASONS + 1 })
  })

  test('is truncated where a probe finds more than travels', async () => {
    const findings = Array.from({ length: 100_001 }, () => found('root'))
    const [section] = await sections({ files: { '/a': 'x' } }, [
      probe(
        'one',
        (host) => host.read('/a'),
        () => ({ findings }),
      ),
    ])
    expect(section!.findings).toHaveLength(100_000)
    expect(section!.outcome).toEqual({ status: 'truncated', reasons: [{ code: 'too-many', count: 1 }] })
  })
})
