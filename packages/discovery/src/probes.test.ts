import { readdirSync } from 'node:fs'
import { finding, MAX_REASONS, reason } from '@rollcall/contract'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { exampleContext as context, exampleTools } from './testing/example-host.ts'
import type { CommandResult, FindRequest, FindResult, FoundEntry, HostAnswer, HostFile, HostRequest } from './host.ts'
import type { HostProbe } from './probe.ts'
import { probes } from './probes/index.ts'
import { scanHost } from './scan.ts'

const named = probes.map((probe) => [probe.id, probe] as const)

test('every file of the folder is a probe that is called as its file, and no two are called the same', () => {
  const files = readdirSync(new URL('probes', import.meta.url)).filter(
    (name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && name !== 'index.ts',
  )
  expect(probes.map(({ id }) => `${id}.ts`).toSorted()).toEqual(files.toSorted())
})

describe.each(named)('%s', (id, probe) => {
  test('says in words what it is, what it reads, and shows at least five examples with titles of their own', () => {
    expect(id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/)
    expect(probe.title.length).toBeGreaterThan(10)
    expect(probe.needs.length).toBeGreaterThan(0)
    expect(probe.examples.length).toBeGreaterThanOrEqual(5)
    expect(new Set(probe.examples.map(({ title }) => title)).size).toBe(probe.examples.length)
  })

  test.each(probe.examples.map((example) => [example.title, example] as const))('%s', (_, example) => {
    const { findings, reasons = [], notes = [] } = probe.parse(example.gathered, { ...context, ...example.context })
    expect(findings).toEqual(example.finds)
    expect(reasons).toEqual(example.reasons ?? [])
    expect(notes).toEqual(example.notes ?? [])
  })

  test('finds only what the contract allows', () => {
    expect(probe.examples.flatMap(({ gathered }) => unlawful(probe, gathered))).toEqual([])
  })

  test('takes any bytes in whatever it asks for, and gives a bounded outcome that the contract allows', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.infiniteStream(hostileBytes),
        fc.infiniteStream(fc.nat({ max: 9 })),
        async (contents, dice) => {
          const ask = (request: HostRequest) =>
            hostileAnswer(
              request,
              () => contents.next().value,
              () => dice.next().value,
            )
          const { sections } = await scanHost(
            { privilege: 'root', ask: async (requests) => requests.map(ask) },
            [probe],
            exampleTools,
          )
          const [section] = sections
          expect(section!.outcome.reasons.filter(({ code }) => code === 'probe-fault')).toEqual([])
          expect(section!.outcome.reasons.length).toBeLessThanOrEqual(MAX_REASONS)
          for (const one of section!.outcome.reasons) reason.parse(one)
          for (const one of section!.findings) finding.parse(one)
        },
      ),
      { numRuns: 60 },
    )
  })

  test('takes its own examples with bytes changed, cut, doubled and swapped', () => {
    const example = fc.constantFrom(...probe.examples)
    fc.assert(
      fc.property(example, fc.array(mutation, { minLength: 1, maxLength: 6 }), ({ gathered }, mutations) => {
        let next = 0
        const changed = mutated(gathered, (bytes) => mutations[next++ % mutations.length]!(bytes))
        expect(unlawful(probe, changed)).toEqual([])
      }),
      { numRuns: 200 },
    )
  })
})

/** What a probe says that the contract does not allow. */
const unlawful = (probe: HostProbe, gathered: unknown) => {
  const { findings, reasons = [], notes = [] } = probe.parse(gathered, context)
  return [
    ...findings.filter((one) => !finding.safeParse(one).success),
    ...[...reasons, ...notes].filter((one) => !reason.safeParse(one).success),
  ]
}

/** Bytes without order, and lines of the characters that formats are made of. */
const hostileBytes = fc.oneof(
  fc.uint8Array({ maxLength: 2000 }),
  fc
    .array(
      fc.oneof(
        fc.constantFrom(...'root:x0,+-!*$%=#"\\ \t\n\r\0@/.(){}[]ALL'.split('')),
        fc.constantFrom('root', 'ALL', ':::', '\n', '0', 'ssh-ed25519 ', 'Match ', '\uFFFD', '\uD800'),
      ),
      {
        maxLength: 400,
      },
    )
    .map((parts) => new TextEncoder().encode(parts.join(''))),
  fc
    .tuple(fc.constantFrom('a', ':', ',', '\n', ' ', '(', '\\', '\u{1F600}'), fc.nat({ max: 20_000 }))
    .map(([unit, times]) => new TextEncoder().encode(unit.repeat(times))),
)

const WHY_UNREAD = [
  'no-such-file',
  'not-permitted',
  'not-a-regular-file',
  'broken-link',
  'io-error',
  'too-many',
  'timed-out',
  'too-large',
] as const

const hostileAnswer = (request: HostRequest, content: () => Uint8Array, die: () => number): HostAnswer => {
  const luck = die()
  if (request.kind === 'run') {
    const result: CommandResult =
      luck === 0
        ? { state: 'unread', why: 'tool-missing' }
        : { state: 'ran', exit: luck === 1 ? 1 : 0, stdout: content(), truncated: luck === 2 }
    return { kind: 'run', result }
  }
  if (request.kind === 'find') return { kind: 'find', result: hostileSearch(request, luck, content, die) }
  if (request.kind === 'fetch')
    return {
      kind: 'fetch',
      files: request.paths.map((path): HostFile =>
        die() === 0
          ? { path, state: 'unread', why: WHY_UNREAD[die() % WHY_UNREAD.length]! }
          : { path, state: 'read', bytes: content(), truncated: die() === 0 },
      ),
    }
  const path = request.pattern.replaceAll('*', 'x').replaceAll('?', 'y')
  if (luck === 0)
    return { kind: 'read', files: [{ path, state: 'unread', why: WHY_UNREAD[die() % WHY_UNREAD.length]! }] }
  const stat = request.stat ? { stat: { mode: 0o600, uid: 0, gid: 0, modified: '2026-01-01T00:00:00Z' } } : {}
  const files = Array.from({ length: request.pattern.includes('*') ? luck % 3 : 1 }, (_, index): HostFile => {
    return {
      path: index === 0 ? path : `${path}${index}`,
      state: 'read',
      bytes: content(),
      truncated: luck === 2,
      ...stat,
    }
  })
  return { kind: 'read', files }
}

const TYPES = ['file', 'folder', 'link', 'socket', 'fifo', 'device', 'other'] as const

const hostileSearch = (
  { under }: FindRequest,
  luck: number,
  content: () => Uint8Array,
  die: () => number,
): FindResult => {
  if (luck === 0) return { state: 'unread', why: 'tool-missing' }
  const name = () => new TextDecoder().decode(content()).replaceAll('\n', '').slice(0, 300)
  const entries = Array.from({ length: luck }, (_, index): FoundEntry => {
    const base = under.length === 0 ? '/x' : under[index % under.length]!.replaceAll('*', 'x')
    return {
      path: die() < 5 ? base : `${base}/${name()}`,
      type: TYPES[die() % TYPES.length]!,
      mode: (die() << 9) + (die() << 6) + (die() << 3) + die(),
      uid: die() < 5 ? 0 : 1000 * die(),
      gid: die() < 5 ? 0 : 1000 * die(),
      size: die() * 100,
      modified: '2026-01-01T00:00:00Z',
      ...(die() < 3 ? { target: name() } : {}),
    }
  })
  const unsearched = luck === 1 ? [{ path: '/x', why: 'not-permitted' as const }] : []
  return {
    state: 'found',
    entries,
    unsearched,
    unnamed: luck === 2 ? 3 : 0,
    ...(luck === 3 ? { cut: 'too-many' } : {}),
  }
}

type Mutation = (bytes: Uint8Array) => Uint8Array

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(fc.nat(), fc.nat({ max: 255 })).map(
    ([at, value]): Mutation =>
      (bytes) =>
        bytes.map((byte, index) => (index === at % bytes.length ? value : byte)),
  ),
  fc.nat().map(
    (at): Mutation =>
      (bytes) =>
        bytes.subarray(0, at % (bytes.length + 1)),
  ),
  fc.nat().map(
    (at): Mutation =>
      (bytes) =>
        new Uint8Array([...bytes, ...bytes.subarray(at % (bytes.length + 1))]),
  ),
  fc.tuple(fc.nat(), hostileBytes).map(([at, added]): Mutation => (bytes) => {
    const middle = at % (bytes.length + 1)
    return new Uint8Array([...bytes.subarray(0, middle), ...added, ...bytes.subarray(middle)])
  }),
)

/** The same value with all bytes in it changed. */
const mutated = (value: unknown, mutate: Mutation): unknown => {
  if (value instanceof Uint8Array) return mutate(value)
  if (Array.isArray(value)) return value.map((item) => mutated(item, mutate))
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, mutated(item, mutate)]))
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mutated(item, mutate)]))
  return value
}
