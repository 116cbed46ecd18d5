import { readdirSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join, relative, sep } from 'node:path'
import { parseSync } from 'oxc-parser'
import { describe, expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '..')

/** Who may import whom. `node`: `true` for every built-in, or those named. A package without a row fails. */
const TABLE: Record<string, { packages: string[]; outside: string[]; node: true | string[] }> = {
  'packages/contract': { packages: [], outside: ['zod'], node: [] },
  'packages/secret': {
    packages: [],
    outside: [],
    node: ['node:crypto', 'node:util', 'node:zlib', 'node:fs', 'node:fs/promises', 'node:path'],
  },
  'packages/discovery': { packages: ['@rollcall/contract'], outside: [], node: [] },
  'packages/inventory': { packages: ['@rollcall/contract'], outside: [], node: [] },
  'packages/bus': {
    packages: ['@rollcall/contract', '@rollcall/secret'],
    outside: ['@nats-io/transport-node', '@nats-io/jetstream', '@nats-io/nkeys'],
    node: true,
  },
  'packages/reach': {
    packages: ['@rollcall/contract', '@rollcall/discovery', '@rollcall/secret'],
    outside: ['ssh2', 'ldapts'],
    node: true,
  },
  'packages/store': {
    packages: ['@rollcall/contract', '@rollcall/inventory'],
    outside: ['kysely', 'better-sqlite3'],
    node: true,
  },
  'packages/vault': { packages: ['@rollcall/contract', '@rollcall/secret'], outside: ['zod'], node: true },
  'packages/dashboard': {
    packages: ['@rollcall/contract'],
    outside: [
      'react',
      'react-dom',
      '@tanstack/react-router',
      '@tanstack/react-query',
      '@tanstack/react-table',
      '@tanstack/react-virtual',
      'react-aria-components',
    ],
    node: [],
  },
  agent: {
    packages: ['@rollcall/contract', '@rollcall/bus', '@rollcall/secret', '@rollcall/discovery', '@rollcall/reach'],
    outside: ['pino', 'zod'],
    node: true,
  },
  collector: {
    packages: [
      '@rollcall/contract',
      '@rollcall/bus',
      '@rollcall/secret',
      '@rollcall/inventory',
      '@rollcall/store',
      '@rollcall/vault',
    ],
    outside: ['fastify', '@fastify/static', '@fastify/cookie', 'node-cron', 'pino', 'yaml', 'zod'],
    node: true,
  },
  'packages/rollcall': {
    packages: [
      '@rollcall/agent',
      '@rollcall/bus',
      '@rollcall/collector',
      '@rollcall/contract',
      '@rollcall/discovery',
      '@rollcall/inventory',
      '@rollcall/reach',
      '@rollcall/secret',
      '@rollcall/store',
      '@rollcall/vault',
    ],
    outside: ['pino', 'yaml', 'zod'],
    node: true,
  },
}

/** Faces of packages that have more than one. */
const FACES: Record<string, string[]> = {
  '@rollcall/contract': ['/bus', '/api', '/plain', '/sudo'],
  '@rollcall/discovery': ['/directories'],
  '@rollcall/reach': ['/directories'],
}

/** What tests and build settings may use besides their package's row. */
const IN_TESTS = ['vitest', 'fast-check', 'zod', 'ssh2', 'pino', '@hpke/core']

const folders = [...readdirSync(join(ROOT, 'packages')).map((name) => `packages/${name}`), 'agent', 'collector']

test.each(folders)('%s has a row in the table of imports', (folder) => {
  expect(TABLE[folder], `say whom ${folder} may import`).toBeDefined()
})

const sourcesOf = (folder: string) =>
  readdirSync(join(ROOT, folder, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name) && !name.includes('node_modules'))
    .map((name) => join(folder, 'src', name))

const importsOf = (file: string): string[] => {
  const { module, errors } = parseSync(file, readFileSync(join(ROOT, file), 'utf8'))
  expect(errors).toEqual([])
  return [
    ...module.staticImports.map(({ moduleRequest }) => moduleRequest.value),
    ...module.staticExports.flatMap(({ entries }) =>
      entries.flatMap(({ moduleRequest }) => moduleRequest?.value ?? []),
    ),
    ...module.dynamicImports.flatMap(({ moduleRequest }) => {
      const text = readFileSync(join(ROOT, file), 'utf8').slice(moduleRequest.start, moduleRequest.end)
      return /^['"`]/.test(text) ? [text.slice(1, -1)] : ['a computed import']
    }),
  ]
}

const packageOf = (specifier: string) =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')

describe.each(folders.filter((folder) => TABLE[folder] !== undefined))('%s', (folder) => {
  const row = TABLE[folder]!
  const sources = sourcesOf(folder)
  test.skipIf(sources.length === 0)('imports only what its row allows', () => {
    const wrong = sources.flatMap((file) => {
      // A compliance suite is a test that lives beside the face it checks.
      const isTest = /\.test\.tsx?$|[/-]compliance\.ts$|\/testing\//.test(file)
      return importsOf(file)
        .filter((specifier) => !allowed(specifier, file, folder, row, isTest))
        .map((specifier) => `${file} imports ${specifier}`)
    })
    expect(wrong).toEqual([])
  })
})

const allowed = (specifier: string, file: string, folder: string, row: (typeof TABLE)[string], isTest: boolean) => {
  if (specifier.startsWith('.')) return staysInside(specifier, file, folder)
  if (isBuiltin(specifier)) return isTest || row.node === true || row.node.includes(specifier)
  const name = packageOf(specifier)
  if (name.startsWith('@rollcall/')) {
    // Only through a face that the package's `exports` list; deep paths into another package are not faces.
    const face = specifier.slice(name.length)
    const isFace = face === '' || FACES[name]?.includes(face) === true
    return isFace && (row.packages.includes(name) || isTest)
  }
  return row.outside.includes(name) || (isTest && IN_TESTS.includes(name))
}

const staysInside = (specifier: string, file: string, folder: string) =>
  !relative(join(ROOT, folder), join(ROOT, file, '..', specifier)).startsWith(`..${sep}`)

test.each(folders)('the face of %s lists its names', (folder) => {
  const faces = sourcesOf(folder).filter((file) => /\/index\.ts$|-face\.ts$/.test(file))
  for (const face of faces) expect(readFileSync(join(ROOT, face), 'utf8')).not.toMatch(/export \*/)
})
