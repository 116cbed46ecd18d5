import { describe, expect, test } from 'vitest'
import type { FileMemory } from './distil.ts'
import type { HostFile } from './host.ts'
import type { DistilTools, FileLook, Gathering, HostProbe, LookedAt, WantedFile } from './probe.ts'
import { scanHost } from './scan.ts'
import { exampleHost, exampleTools, type ExampleWorld } from './testing/example-host.ts'

const probe = (gather: (host: Gathering) => Promise<unknown>): HostProbe => ({
  id: 'one',
  title: 'one',
  needs: [],
  examples: [],
  gather,
  parse: () => ({ findings: [] }),
})

const look = (more: Partial<FileLook<string>> = {}): FileLook<string> => ({
  version: '1',
  maxFiles: 100,
  maxBytes: 1e8,
  of: (_, bytes, truncated) => `${bytes.length}${truncated ? '…' : ''}`,
  ...more,
})

const wanted = (path: string, more: Partial<WantedFile> = {}): WantedFile => ({
  path,
  size: 10,
  maxBytes: 1000,
  stamp: `${path.length}:1700000000.5000000000`,
  ...more,
})

const lookAt = async (
  world: ExampleWorld,
  files: readonly WantedFile[],
  { of = look(), memory }: { of?: FileLook<string>; memory?: FileMemory } = {},
) => {
  const { host, trips } = exampleHost(world)
  let looked: readonly LookedAt<string>[] = []
  const { sections, roundTrips } = await scanHost(
    host,
    [probe(async (gathering) => (looked = await gathering.distil.files(files, of)))],
    { ...exampleTools, ...(memory === undefined ? {} : { memory }) },
  )
  const asked = trips.flat().flatMap((request) => (request.kind === 'fetch' ? request.paths : []))
  return { looked, outcome: sections[0]!.outcome, roundTrips, asked }
}

const remembering = () => {
  const kept = new Map<string, { kept: unknown }>()
  const memory: FileMemory = {
    recall: (...key) => kept.get(key.join(' ')),
    keep: (version, path, stamp, value) => void kept.set([version, path, stamp].join(' '), { kept: value }),
  }
  return memory
}

describe('files that are looked at and forgotten', () => {
  const world = { files: { '/a': 'aa', '/b': 'bbb' } }

  test('each gives what the look kept of it, in order, in one round trip', async () => {
    const { looked, outcome, roundTrips } = await lookAt(world, [wanted('/b'), wanted('/a')])
    expect(looked).toEqual([
      { path: '/b', state: 'looked', kept: '3' },
      { path: '/a', state: 'looked', kept: '2' },
    ])
    expect(outcome.status).toBe('complete')
    expect(roundTrips).toBe((await lookAt(world, [])).roundTrips)
  })

  test('many go in parts, each a round trip of its own', async () => {
    const files = Array.from({ length: 5 }, (_, index) => wanted(`/f${index}`, { size: 1_500_000, maxBytes: 2e6 }))
    const texts = Object.fromEntries(files.map(({ path }) => [path, 'x']))
    const { looked, roundTrips } = await lookAt({ files: texts }, files)
    expect(looked.every(({ state }) => state === 'looked')).toBe(true)
    expect(roundTrips).toBe(5)
  })

  test('what is beyond the limits is not read, and counted; what is remembered does not count', async () => {
    const files = ['/a', '/b', '/c'].map((path) => wanted(path))
    const memory = remembering()
    const texts = { files: { '/a': 'a', '/b': 'b', '/c': 'c' } }
    const first = await lookAt(texts, files, { of: look({ maxFiles: 2 }), memory })
    expect(first.looked[2]).toEqual({ path: '/c', state: 'unread', why: 'too-many' })
    expect(first.outcome).toEqual({ status: 'truncated', reasons: [{ code: 'too-many', detail: 'files', count: 1 }] })
    const second = await lookAt(texts, files, { of: look({ maxFiles: 2 }), memory })
    expect(second.asked).toEqual(['/c'])
    expect(second.outcome.status).toBe('complete')
  })

  test('an unchanged file is not read; another stamp, size or version of the look has it read again', async () => {
    const memory = remembering()
    await lookAt(world, [wanted('/a')], { memory })
    expect((await lookAt(world, [wanted('/a')], { memory })).asked).toEqual([])
    expect((await lookAt(world, [wanted('/a', { size: 11 })], { memory })).asked).toEqual(['/a'])
    expect((await lookAt(world, [wanted('/a', { stamp: '1:1700000001.5' })], { memory })).asked).toEqual(['/a'])
    expect((await lookAt(world, [wanted('/a')], { of: look({ version: '2' }), memory })).asked).toEqual(['/a'])
  })

  test('what may change again under the same stamp is not remembered: no stamp, or whole seconds of the last hour', async () => {
    const seconds = exampleTools.now.getTime() / 1000
    const { stamp: _, ...unstamped } = wanted('/a')
    for (const file of [unstamped, wanted('/a', { stamp: `1:${seconds - 60}` })]) {
      const memory = remembering()
      await lookAt(world, [file], { memory })
      expect((await lookAt(world, [file], { memory })).asked).toEqual(['/a'])
    }
    const memory = remembering()
    const settled = wanted('/a', { stamp: `1:${seconds - 7200}` })
    await lookAt(world, [settled], { memory })
    expect((await lookAt(world, [settled], { memory })).asked).toEqual([])
  })

  test('what could not be read is a reason, many of one folder as one; what has vanished is none', async () => {
    const closed = (path: string): HostFile => ({ path, state: 'unread', why: 'not-permitted' })
    const files = { '/x/a': closed('/x/a'), '/x/b': closed('/x/b'), '/y/c': closed('/y/c'), '/z': 'z' }
    const { outcome } = await lookAt(
      { files },
      ['/x/a', '/x/b', '/y/c', '/z', '/gone'].map((path) => wanted(path)),
    )
    expect(outcome).toEqual({
      status: 'partial',
      reasons: [
        { code: 'not-permitted', path: '/x', detail: 'files in it', count: 2 },
        { code: 'not-permitted', path: '/y/c' },
      ],
    })
  })

  test('a fault in the look of one file is told without its message, and stops no other', async () => {
    const of = look({
      of(path, bytes) {
        if (path === '/a') throw new RangeError(`quotes ${new TextDecoder().decode(bytes)}`)
        return 'fine'
      },
    })
    const { looked, outcome } = await lookAt(world, [wanted('/a'), wanted('/b')], { of })
    expect(looked[1]).toEqual({ path: '/b', state: 'looked', kept: 'fine' })
    expect(outcome).toEqual({
      status: 'partial',
      reasons: [{ code: 'probe-fault', path: '/a', detail: 'RangeError' }],
    })
  })
})

test('an answer that is distilled goes to nobody else, and each who asks has it asked anew', async () => {
  const { host, asked } = exampleHost({ programs: { env: 'SECRET=x' } })
  const seen: string[] = []
  const distilled = (name: string) =>
    probe((gathering) =>
      gathering.distil.run({}, ['env'], (result, tools: DistilTools) => {
        seen.push(`${name} ${result.state} ${tools.keyedDigest('x') === undefined ? 'without' : 'with'} key`)
      }),
    )
  await scanHost(host, [distilled('a'), { ...distilled('b'), id: 'two' }], exampleTools)
  expect(seen).toEqual(['a ran with key', 'b ran with key'])
  expect(asked().filter((request) => request.kind === 'run' && request.argv[0] === 'env')).toHaveLength(2)
})
