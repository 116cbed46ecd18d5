import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readClientConfig } from './ssh-client-config.ts'
import { matchesPattern } from './sshd-config/match.ts'

const NOTHING = { folder: '/etc/ssh', home: '/root', include: () => [] }

/** What a configuration comes to for a host, as ssh_config(5) has it: the first value counts, of identities all. */
const effective = (text: string, host: string, included: Readonly<Record<string, string>> = {}) => {
  const include = (pattern: string) => {
    const found = included[pattern]
    return found === undefined ? [] : [{ path: pattern, text: found }]
  }
  const { blocks } = readClientConfig({ path: '/config', text }, { ...NOTHING, include })
  const set = new Map<string, readonly string[]>()
  for (const { conditions, settings } of blocks) {
    if (!conditions.every((condition) => holds(condition, host))) continue
    for (const { name, values } of settings) {
      const before = set.get(name)
      if (name === 'identityfile') set.set(name, [...new Set([...(before ?? []), ...values])])
      else if (before === undefined) set.set(name, values)
    }
  }
  return set
}

const holds = (condition: string, host: string) => {
  const [kind = '', ...words] = condition.split(' ')
  const patterns = kind === 'Host' ? words : (words[1] ?? '').split(',')
  if (patterns.some((pattern) => pattern.startsWith('!') && matchesPattern(host, pattern.slice(1)))) return false
  return patterns.some((pattern) => !pattern.startsWith('!') && matchesPattern(host, pattern))
}

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ssh-client-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const line = fc.oneof(
  fc.constantFrom('User alice', 'User = bob', '  user "carol"', 'Port 2222', 'port=22', '\tPort\t7'),
  fc.constantFrom('HostName 192.0.2.1', 'HostName "192.0.2.2"', 'ProxyJump gate', 'ProxyJump none', 'ForwardAgent yes'),
  fc.constantFrom(
    'ForwardAgent no',
    'IdentityFile ~/.ssh/one',
    'IdentityFile "/keys/t w o"',
    "IdentityFile '/k/3' # x",
  ),
  fc.constantFrom('StrictHostKeyChecking no', 'StrictHostKeyChecking accept-new', 'IdentitiesOnly yes', '# User x', ''),
  fc.constantFrom('Host a', 'Host *', 'Host a b', 'Host !a *', 'Host web*.org "a"', 'host=b', 'Host ? !b'),
  fc.constantFrom('Match all', 'Match originalhost a,b', 'Match originalhost !a,*'),
)

describe.skipIf(!existsSync('/usr/bin/ssh'))('against ssh -G', () => {
  const NAMES = [
    'user',
    'port',
    'hostname',
    'proxyjump',
    'forwardagent',
    'identityfile',
    'stricthostkeychecking',
    'identitiesonly',
  ]
  const said = (file: string, host: string) => {
    const { status, stdout } = spawnSync('ssh', ['-G', '-F', file, host], { encoding: 'utf8' })
    const lines = stdout.split('\n').map((each) => each.split(/ (.*)/s, 2))
    return status === 0 ? Map.groupBy(lines, ([name = '']) => name) : undefined
  }
  const compared = (text: string, included: Readonly<Record<string, string>> = {}) => {
    const file = join(folder, 'config')
    writeFileSync(file, text)
    for (const host of ['a', 'b', 'web1.org']) {
      const theirs = said(file, host)
      if (theirs === undefined) continue
      const ours = effective(text, host, included)
      for (const name of NAMES) {
        const values = ours.get(name)
        if (values === undefined || (name === 'proxyjump' && values[0] === 'none')) continue
        const told = theirs.get(name)?.map(([, value = '']) => SAME[value] ?? value)
        expect([text, host, name, values.map((value) => SAME[value] ?? value)]).toEqual([text, host, name, told])
      }
    }
  }
  /** Spelled one way in the file, another where it is printed. */
  const SAME: Readonly<Record<string, string>> = { no: 'false', yes: 'true' }

  test('what holds for a host is what ssh prints, for hundreds of configurations', () => {
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 14 }), (lines) => {
        compared(`${lines.join('\n')}\n`)
      }),
      { numRuns: 120 },
    )
  })

  test('included files hold under the conditions of their place, and their own end with them', () => {
    mkdirSync(join(folder, 'd'))
    const path = join(folder, 'd', 'inner.conf')
    const inner = 'User inner\nHost b\nPort 2022\nHost *\nForwardAgent yes\n'
    expect(effective(`Host a\nInclude ${path}\nHost b\nUser x\n`, 'b', { [path]: inner }).get('user')).toEqual(['x'])
    writeFileSync(path, inner)
    compared(`Host a\nInclude ${path}\nIdentityFile /k/a\nHost *\nUser outer\nPort 22\n`, { [path]: inner })
  })
})

test('nothing but the program of a command is kept', () => {
  const text = [
    'ProxyCommand sh -c "secret1 | nc %h"',
    'LocalCommand TOKEN=secret2 /bin/notify secret3',
    'KnownHostsCommand "/usr/bin/keys secret4"',
    'Match exec "secret5=1; test secret6" user bob',
    'SetEnv TOKEN=secret7',
    'RemoteCommand run secret8',
    'User ok',
  ].join('\n')
  expect(JSON.stringify(readClientConfig({ path: '/c', text }, NOTHING))).not.toMatch(/secret[1-8]/)
})

test('any text gives blocks', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 300, unit: 'binary' }), (text) => {
      expect(readClientConfig({ path: '/c', text }, NOTHING).blocks.length).toBeLessThanOrEqual(text.length)
    }),
  )
  const looping = { ...NOTHING, include: (path: string) => [{ path, text: 'Include /a\nInclude /a\n' }] }
  expect(readClientConfig({ path: '/a', text: 'Include /a\nInclude /a\n' }, looping).problems.length).toBeGreaterThan(0)
})
