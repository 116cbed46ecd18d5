import { spawnSync } from 'node:child_process'
import type { FindingOf, Grant } from '@rollcall/contract'
import { rootThroughSudo } from '@rollcall/contract/sudo'
import { expect, test } from 'vitest'
import sudoRules from '../../probes/sudo-rules.ts'
import { exampleFile } from '../../probe.ts'
import { exampleEntry } from '../../testing/example-directory.ts'
import { exampleContext } from '../../testing/example-host.ts'
import { readSudoRole, sudoFindings, type SudoRule } from './sudo-role.ts'

const NOW = new Date('2026-11-22T12:00:00Z')

/** A role by its attributes without `sudo`, and what is told of it. */
const told = (attributes: Readonly<Record<string, readonly string[]>>, ...defaults: readonly string[]) => {
  const read = (name: string, own: Readonly<Record<string, readonly string[]>>) => {
    const dn = `cn=${name},ou=sudoers,dc=example,dc=org`
    const renamed = Object.entries(own).map(([key, values]) => [`sudo${key}`, values] as const)
    return readSudoRole(exampleEntry({ dn, attributes: { cn: name, ...Object.fromEntries(renamed) } }), {
      object: name,
      name,
      type: 'policy',
      dn,
    })
  }
  const rule = read('rule', attributes) as SudoRule
  const settings = read('defaults', { option: defaults }) as FindingOf<'setting'>[]
  return sudoFindings([rule], settings, NOW.toISOString()).findings
}

const weaknesses = (...role: Parameters<typeof told>) =>
  told(...role).flatMap((finding) => (finding.kind === 'directory-weakness' ? [finding.weakness] : []))

const ANN = { user: ['ann'], host: ['ALL'] }

test.each([
  ['a shell', { command: ['/bin/bash'] }],
  ['a pager', { command: ['/usr/bin/less /var/log/syslog'] }],
  ['editing rules', { command: ['sudoedit /etc/sudoers'] }],
  ['services', { command: ['/usr/bin/systemctl'] }],
  ['everything but', { command: ['ALL', '!/bin/su'] }],
  ['a program whose environment may be set', { command: ['/usr/bin/id'], option: ['setenv'] }],
  ['a program that keeps a variable of the loader', { command: ['/usr/bin/id'], option: ['env_keep+=LD_PRELOAD'] }],
])('%s makes root, as in sudoers', (_, role) => {
  expect(weaknesses({ ...ANN, ...role })).toContain('sudo-allows-all')
})

test.each([
  ['a program that does one thing', { command: ['/usr/bin/id'] }],
  ['a shell with a script of its own', { command: ['/bin/sh /usr/local/sbin/rotate'] }],
  ['a pager that starts nothing', { command: ['/usr/bin/man sudo'], option: ['noexec'] }],
  ['another account', { command: ['/bin/bash'], runasuser: ['backup'] }],
  ['everything, taken away again', { command: ['!ALL', 'ALL'] }],
  ['a rule that is over', { command: ['ALL'], notafter: ['20200101000000Z'] }],
])('%s does not', (_, role) => {
  expect(weaknesses({ ...ANN, ...role })).toEqual([])
})

test('what holds for all rules holds for each', () => {
  expect(weaknesses({ ...ANN, command: ['ALL'] }, '!authenticate')).toEqual([
    'sudo-allows-all',
    'sudo-without-password',
  ])
  expect(weaknesses({ ...ANN, command: ['ALL'] }, 'runas_default=backup')).toEqual([])
})

test('a program is named, and never what it is given', () => {
  const [, weakness] = told({ ...ANN, command: ['/usr/bin/mysql --password=Sesam9'] })
  expect(weakness).toMatchObject({ evidence: ['sudoCommand /usr/bin/mysql', '1 named', 'sudoHost ALL'] })
})

test('rules with more commands than can be compared are told without what they are worth, and that is said', () => {
  const command = Array.from({ length: 1000 }, (_, at) => `/opt/tool${at}`)
  const rule = readSudoRole(
    exampleEntry({
      dn: 'cn=x,dc=y',
      attributes: { cn: 'x', sudouser: ['ALL'], sudohost: ['ALL'], sudocommand: command },
    }),
    { object: 'x', name: 'x', type: 'policy', dn: 'cn=x,dc=y' },
  ) as SudoRule
  const { findings, unjudged } = sudoFindings([rule, rule, rule, rule], [], NOW.toISOString())
  expect([findings.length, unjudged]).toEqual([4, 3])
})

/** Rules as people write them, one for each account. */
const RULES = [
  'ALL=(ALL:ALL) ALL',
  'ALL=(ALL) NOPASSWD: ALL',
  'ALL=(root) /bin/bash',
  'ALL=/usr/bin/vim',
  'ALL=NOEXEC: /usr/bin/vim',
  'ALL=NOEXEC: /usr/bin/man',
  'ALL=/usr/bin/less /var/log/syslog',
  'ALL=/usr/bin/id',
  'ALL=SETENV: /usr/bin/id',
  'ALL=/usr/bin/systemctl restart nginx',
  'ALL=/usr/bin/systemctl',
  'ALL=sudoedit /etc/hosts',
  'ALL=sudoedit /etc/shadow',
  'ALL=/usr/bin/tar, /usr/bin/id',
  'ALL=(backup) ALL',
  'ALL=(backup) NOPASSWD: /usr/bin/python3',
  'ALL=(ALL, !root) ALL',
  'ALL=(:docker) /bin/sh',
  'ALL=ALL, !/bin/su',
  'ALL=ALL, !ALL',
  'ALL=/usr/bin/passwd [A-Za-z]*, !/usr/bin/passwd root',
  'ALL=/usr/bin/rsync -a /srv/ /backup/',
  'ALL=/usr/sbin/*',
  'ALL=/usr/bin/apt-get update',
  'ALL=/usr/bin/docker ps',
  'ALL=/usr/bin/docker',
  'ALL=sha256:wEg1h2LbUQZWxV9ScHTu3mVyKyMh9ZF6ovkKUcIUDbo= /bin/bash',
] as const

const hasCvtsudoers = spawnSync('cvtsudoers', ['--version']).status === 0

test.skipIf(!hasCvtsudoers)(
  `the same rule is worth the same in sudoers and in a directory${hasCvtsudoers ? '' : ' (skipped: no cvtsudoers)'}`,
  () => {
    const sudoers = RULES.map((rule, at) => `u${at} ${rule}\n`).join('')
    const { findings } = sudoRules.parse(
      { files: [exampleFile('/etc/sudoers', sudoers)], hostname: 'web1' },
      exampleContext,
    )
    const ofFile = findings.filter((finding) => finding.kind === 'grant')
    const ldif = spawnSync('cvtsudoers', ['-f', 'ldif', '-b', 'ou=sudoers,dc=example,dc=org'], {
      input: sudoers,
      encoding: 'utf8',
    }).stdout
    const roles = ldif.split('\n\n').flatMap((block) => {
      const attributes: Record<string, string[]> = {}
      for (const line of block.replaceAll('\n ', '').split('\n')) {
        const [, name, encoded, value = ''] = /^(\w+):(:?) (.*)$/.exec(line) ?? []
        if (name === undefined) continue
        const text = encoded === ':' ? Buffer.from(value, 'base64').toString() : value
        ;(attributes[name.toLowerCase()] ??= []).push(text)
      }
      if (attributes['sudouser'] === undefined) return []
      const [dn = '', name = ''] = [attributes['dn']?.[0], attributes['cn']?.[0]]
      const read = readSudoRole(exampleEntry({ dn, attributes }), { object: dn, name, type: 'policy', dn })
      return 'users' in read ? [read] : []
    })
    const inDirectory = sudoFindings(roles, [], NOW.toISOString()).findings
    const ofDirectory = inDirectory.filter((finding) => finding.kind === 'grant')
    const worth = (name: string, grants: readonly Grant[]) =>
      rootThroughSudo({ name, uid: 5000, groups: [] }, grants, [], NOW)
        .paths.map(({ effect, sentence, password, command }) => ({ effect, sentence, password, command }))
        .toSorted((one, other) => one.command.localeCompare(other.command))
    for (const [at, rule] of RULES.entries())
      expect({ rule, worth: worth(`u${at}`, ofDirectory) }).toEqual({ rule, worth: worth(`u${at}`, ofFile) })
    // And what is told of the rule itself says so too.
    const told = new Set(
      inDirectory.flatMap((finding) => (finding.kind === 'directory-weakness' ? [finding.objectName] : [])),
    )
    expect(told).toEqual(
      new Set(
        RULES.flatMap((_, at) => (worth(`u${at}`, ofFile).some(({ effect }) => effect === 'root') ? [`u${at}`] : [])),
      ),
    )
  },
)
