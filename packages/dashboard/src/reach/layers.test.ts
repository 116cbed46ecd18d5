import type { ReachNode, ReachStep } from '@rollcall/contract/api'
import { expect, test } from 'vitest'
import { drawingOf } from './layers.ts'

const account = (host: string, name: string): ReachNode => ({
  type: 'account',
  id: `${host}-${name}`,
  name,
  host: { id: host, name: host },
})
const root = (host: string): ReachNode => ({ type: 'root', host: { id: host, name: host } })
const key = (fingerprint: string): ReachNode => ({ type: 'key', fingerprint: `SHA256:${fingerprint}` })
const step = (type: ReachStep['type'], from: ReachNode, to: ReachNode, conditional = false): ReachStep => ({
  type,
  from,
  to,
  sentence: '',
  conditions: conditional ? [{ code: 'passphrase', sentence: '' }] : [],
  evidence: [],
})
const end = (...path: ReachStep[]) => ({
  node: path.at(-1)!.to,
  steps: path.length,
  conditions: 0,
  limited: false,
  path,
})
const ada = account('jump', 'ada')
const toDb = [
  step('reads-key', ada, key('one')),
  step('opens-account', key('one'), account('db', 'ops')),
  step('becomes-root', account('db', 'ops'), root('db')),
]
const onward = [
  ...toDb,
  step('reads-key', root('db'), key('two'), true),
  step('opens-account', key('two'), account('web', 'deploy')),
]

test('hosts stand in layers by how many keys away they are, each once', () => {
  const { stations, tracks, layers } = drawingOf([end(...toDb), end(...onward)], ada)
  expect(stations).toMatchObject([
    { id: 'jump', layer: 0, accounts: ['ada'], root: false, start: true },
    { id: 'db', layer: 1, accounts: ['ops'], root: true, start: false },
    { id: 'web', layer: 2, accounts: ['deploy'], root: false },
  ])
  expect(tracks).toEqual([
    { from: 'jump', to: 'db', key: 'one', conditional: false },
    { from: 'db', to: 'web', key: 'two', conditional: true },
  ])
  expect(layers).toBe(3)
})

test('a host that is reached in two ways stands where it is nearest', () => {
  const direct = [step('reads-key', ada, key('three')), step('opens-account', key('three'), account('web', 'deploy'))]
  expect(drawingOf([end(...onward), end(...direct)], ada).stations.find(({ id }) => id === 'web')?.layer).toBe(1)
})

test('more hosts than anybody can read are counted and left out, the farthest first', () => {
  const ends = Array.from({ length: 40 }, (_, n) =>
    end(step('reads-key', ada, key('one')), step('opens-account', key('one'), account(`h${n}`, 'ops'))),
  )
  const drawing = drawingOf([...ends, end(...onward)], ada)
  expect(drawing.stations).toHaveLength(24)
  expect(drawing.left).toBe(19)
  expect(drawing.tracks.every(({ to }) => drawing.stations.some(({ id }) => id === to))).toBe(true)
})

test('what all names end in is left out of the drawing', () => {
  const on = (host: string) => account(`${host}.example.org`, 'ops')
  const way = [step('reads-key', on('a.fra'), key('one')), step('opens-account', key('one'), on('b.fra'))]
  expect(drawingOf([end(...way)], on('a.fra')).stations.map(({ label }) => label)).toEqual(['a', 'b'])
})

test('nothing has no drawing', () => {
  expect(drawingOf([], ada)).toMatchObject({ stations: [], tracks: [] })
})
