import { afterAll, beforeAll, expect, test } from 'vitest'
import planted from './lab/hosts/planted.ts'
import { startLab, type Lab } from './lab/lab.ts'
import { compared } from './lab/planted/compare.ts'
import { plant, type PlantedHost } from './lab/planted/planted-host.ts'
import { hostLooked, treeLooked, type Looked } from './lab/planted/scans.ts'

/*
 * What is found of secrets that real programs laid down on a host, and that none of them is ever told. Nobody labelled anything: where
 * they are is found out by searching for them.
 */

let lab: Lab
let host: PlantedHost
let before: Looked
let overSsh: Looked
let onTree: Looked

beforeAll(async () => {
  lab = await startLab([planted])
  if (!lab.capabilities.ownHosts) return
  const one = lab.host('planted')
  before = await treeLooked(`/proc/${one.pid}/root`, ['etc'])
  host = await plant(one, 'test')
  ;[overSsh, onTree] = await Promise.all([
    hostLooked(lab, one),
    treeLooked(host.root, ['etc', 'home', 'opt', 'root', 'srv', 'var/www'], ['--json', '--context', '--sarif']),
  ])
}, 300_000)

afterAll(async () => {
  await lab?.[Symbol.asyncDispose]()
})

const made = (context: { skip: (note: string) => never }) => {
  if (!lab.capabilities.ownHosts) context.skip(lab.capabilities.lacks.join('; '))
}

test('nearly all of them are found, in files, keystores, histories and processes', (context) => {
  made(context)
  const { found, missed } = compared(host.places, overSsh.told)
  expect(host.places.length).toBeGreaterThan(250)
  expect(
    found.length / host.places.length,
    missed.map(({ path, line }) => `${path}:${line}`).join('\n'),
  ).toBeGreaterThanOrEqual(0.95)
})

test('those in files are found as well where the files are only a tree', (context) => {
  made(context)
  const folders = /^\/(?:etc|home|opt|root|srv|var\/www)\//
  const places = host.places.filter(({ path }) => folders.test(path))
  const { found, missed } = compared(places, onTree.told)
  expect(
    found.length / places.length,
    missed.map(({ path, line }) => `${path}:${line}`).join('\n'),
  ).toBeGreaterThanOrEqual(0.95)
})

test('what is planted makes nothing else look like a secret', (context) => {
  made(context)
  const others = compared(host.places, overSsh.told).others.filter(({ state }) => state === 'active')
  const known = new Set(before.told.map(({ place }) => `${place?.path}:${place?.line}`))
  const more = others.filter(({ place }) => place !== undefined && !known.has(`${place.path}:${place.line}`))
  const planted = new Set(host.places.map(({ path }) => path))
  // Of what lies beside them, not of what the machine has.
  const beside = more.filter(({ place }) => planted.has(place?.path ?? ''))
  expect(beside.length / host.places.length, JSON.stringify(beside)).toBeLessThan(0.02)
})

test('no value is in anything that is told or kept, in whatever form', (context) => {
  made(context)
  expect(overSsh.written.length + onTree.written.length).toBeGreaterThan(100_000)
  const written = overSsh.written + onTree.written
  expect(host.values.filter((value) => written.includes(value))).toEqual([])
})
