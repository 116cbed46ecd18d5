import type { HostSignals } from '@rollcall/contract'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hostName, identify, type KnownHost, type Sighting } from './host-identity.ts'

const key = (name: string, algorithm = 'ssh-ed25519') => ({ algorithm, fingerprint: `SHA256:${name}` })
const id32 = (digit: string) => `${digit.repeat(30)}8c`

const signals = (facts: { key?: string; names?: string[]; machine?: string; dmi?: string } = {}): HostSignals => ({
  ...(facts.key === undefined ? {} : { provenHostKey: key(facts.key) }),
  hostKeys: (facts.names ?? (facts.key === undefined ? [] : [facts.key])).map((name) => key(name)),
  ...(facts.machine === undefined ? {} : { machineId: id32(facts.machine) }),
  ...(facts.dmi === undefined ? {} : { dmiUuid: id32(facts.dmi) }),
  addresses: [],
  macs: [],
  os: {},
})

/** A little inventory of hosts alone: what `identify` decides is remembered as the store would. */
const estate = () => {
  const hosts: KnownHost[] = []
  let day = 0
  const meet = (target: string, said: HostSignals): KnownHost => {
    const at = new Date(Date.UTC(2026, 0, ++day)).toISOString()
    const sighting: Sighting = { signals: said, target, at }
    const { host, evidence } = identify(sighting, hosts)
    const before = host ?? {
      id: `h${hosts.length}`,
      name: target,
      targets: [],
      residesAt: [],
      evidence: [],
      firstSeen: at,
      lastGoodScan: null,
    }
    const met: KnownHost = {
      ...before,
      signals: said,
      lastSeen: at,
      evidence: [...before.evidence, ...evidence],
      targets: [...before.targets.filter((known) => known.target !== target), { target, firstSeen: at, lastSeen: at }],
      residesAt: [...before.residesAt.filter((known) => known !== target), target],
    }
    const others = hosts
      .filter(({ id }) => id !== met.id)
      .map((other) => ({ ...other, residesAt: other.residesAt.filter((known) => known !== target) }))
    hosts.splice(0, hosts.length, ...others, met)
    return met
  }
  return { hosts, meet }
}

test('a host reached by two names is one host, and says why', () => {
  const { meet } = estate()
  const first = meet('ssh://web:22', signals({ key: 'k', machine: '1' }))
  const second = meet('ssh://10.0.0.1:22', signals({ key: 'k', machine: '1' }))
  expect(second.id).toBe(first.id)
  expect(second.evidence.at(-1)?.sentence).toContain('Also met at ssh://10.0.0.1:22')
})

test('two clones with one machine id are two hosts, and the second says that it contradicts', () => {
  const { meet } = estate()
  const one = meet('ssh://a:22', signals({ key: 'a', machine: '1' }))
  const other = meet('ssh://b:22', signals({ key: 'b', machine: '1' }))
  expect(other.id).not.toBe(one.id)
  expect(other.evidence.some(({ contradicts }) => contradicts)).toBe(true)
})

test('two hosts with one copied key are two, even behind the same address', () => {
  const { meet } = estate()
  const one = meet('ssh://lb:22', signals({ key: 'k', machine: '1' }))
  const other = meet('ssh://lb:22', signals({ key: 'k', machine: '2' }))
  expect(other.id).not.toBe(one.id)
  expect(other.evidence.some(({ contradicts }) => contradicts)).toBe(true)
  expect(meet('ssh://lb:22', signals({ key: 'k', machine: '1' })).id).toBe(one.id)
  expect(meet('ssh://lb:22', signals({ key: 'k', machine: '2' })).id).toBe(other.id)
})

test('a machine copied whole, key and machine id and all, is told by its hardware', () => {
  const { meet } = estate()
  const one = meet('ssh://a:22', signals({ key: 'k', machine: '1', dmi: 'a' }))
  expect(meet('ssh://b:22', signals({ key: 'k', machine: '1', dmi: 'b' })).id).not.toBe(one.id)
  expect(meet('ssh://a2:22', signals({ key: 'k', machine: '1', dmi: 'a' })).id).toBe(one.id)
})

test('a host with a new key at its old place is the same, re-keyed, and that is told once', () => {
  const { meet } = estate()
  const before = meet('ssh://a:22', signals({ key: 'old', machine: '1' }))
  const after = meet('ssh://a:22', signals({ key: 'new', machine: '1' }))
  expect(after.id).toBe(before.id)
  expect(after.evidence.at(-1)).toMatchObject({ contradicts: true })
  expect(meet('ssh://a:22', signals({ key: 'new', machine: '1' })).evidence.length).toBe(after.evidence.length)
})

test('an address that now belongs to another machine is another host', () => {
  const { meet } = estate()
  const before = meet('ssh://a:22', signals({ key: 'x', machine: '1' }))
  expect(meet('ssh://a:22', signals({ key: 'y', machine: '2' })).id).not.toBe(before.id)
})

test('where nothing can be compared, the place decides', () => {
  const { meet } = estate()
  const before = meet('local', signals())
  expect(meet('local', signals()).id).toBe(before.id)
  expect(meet('ssh://elsewhere:22', signals()).id).not.toBe(before.id)
})

test('a changed key with nothing else to go by is never taken for the same host', () => {
  const { meet } = estate()
  const before = meet('ssh://a:22', signals({ key: 'x' }))
  expect(meet('ssh://a:22', signals({ key: 'y' })).id).not.toBe(before.id)
})

test('a host cannot become another by naming its keys: only what it proves counts', () => {
  const { meet } = estate()
  const victim = meet('ssh://victim:22', signals({ key: 'v' }))
  const liar = meet('ssh://liar:22', signals({ key: 'l', names: ['l', 'v'] }))
  expect(liar.id).not.toBe(victim.id)
  expect(meet('ssh://victim:22', signals({ key: 'v' })).id).toBe(victim.id)
})

test('a machine id that images are shipped with tells nothing', () => {
  const { meet } = estate()
  const one = meet('ssh://a:22', { ...signals({ key: 'a' }), machineId: 'uninitialized' })
  expect(meet('ssh://b:22', { ...signals({ key: 'b' }), machineId: 'uninitialized' }).id).not.toBe(one.id)
})

test('meeting many clones tells of a few', () => {
  const { meet } = estate()
  for (let n = 0; n < 20; n++) meet(`ssh://n${n}:22`, signals({ key: `k${n}`, machine: '1' }))
  expect(meet('ssh://last:22', signals({ key: 'last', machine: '1' })).evidence.length).toBeLessThanOrEqual(6)
})

/** Machines as they may be: some with a copied key, some with a copied machine id, none with both; each met at places of its own. */
const machines = fc
  .array(
    fc.record({
      key: fc.constantFrom('own', 'copied'),
      machine: fc.constantFrom('own', 'copied'),
      places: fc.integer({ min: 1, max: 3 }),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .map((all) =>
    all.map(({ key, machine, places }, index) => ({
      said: signals({
        key: key === 'copied' && machine === 'own' ? 'copied' : `k${index}`,
        machine: machine === 'copied' ? 'f' : String(index),
      }),
      places: Array.from({ length: places }, (_, n) => `ssh://m${index}-${n}:22`),
    })),
  )

test('in whatever order machines are met, and however often, each is one host', () => {
  fc.assert(
    fc.property(machines, fc.infiniteStream(fc.nat()), (all, random) => {
      const visits = all.flatMap(({ said, places }, machine) =>
        [...places, ...places].map((target) => ({ machine, said, target })),
      )
      const shuffled = visits
        .map((visit) => ({ visit, turn: random.next().value as number }))
        .sort((one, other) => one.turn - other.turn)
        .map(({ visit }) => visit)
      const { meet, hosts } = estate()
      const ids = new Map<number, Set<string>>()
      for (const { machine, said, target } of shuffled)
        ids.set(machine, (ids.get(machine) ?? new Set()).add(meet(target, said).id))
      for (const of of ids.values()) expect(of.size).toBe(1)
      expect(hosts.length).toBe(all.length)
    }),
  )
})

test('a host is called by its own name, unless that says nothing', () => {
  expect(hostName({ hostname: 'web', fqdn: 'web.example.org' }, 'ssh://a:22')).toBe('web.example.org')
  expect(hostName({ hostname: 'localhost' }, 'ssh://me@db.example.org:2222')).toBe('db.example.org')
  expect(hostName({}, 'ssh://[2001:db8::1]:22')).toBe('[2001:db8::1]')
  expect(hostName({ hostname: '\u001b\u0000' }, 'local')).toBe('local')
})
