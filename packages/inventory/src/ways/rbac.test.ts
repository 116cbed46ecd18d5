import type { Finding, FindingOf, Grant } from '@rollcall/contract'
import { describe, expect, test } from 'vitest'
import { hostFacts } from '../host-facts.ts'
import { rbacWays } from './rbac.ts'

const account = (name: string, uid: number): FindingOf<'account'> => ({
  kind: 'account',
  name,
  uid,
  gid: 10,
  home: `/export/home/${name}`,
  shell: '/bin/bash',
  interactiveShell: true,
  place: { path: '/etc/passwd', line: uid + 1 },
})
const [root, ann, bob, oper] = [
  account('root', 0),
  account('ann', 100),
  account('bob', 101),
  account('oper', 102),
] as const

const place = { path: '/etc/user_attr', line: 7 }
const rule = (order: number, rest: Partial<Grant>): Grant => ({
  kind: 'grant',
  mechanism: 'rbac',
  order,
  grantees: [{ type: 'user', name: 'ann' }],
  here: 'yes',
  runAs: { users: [{ type: 'uid', name: '0' }] },
  commands: [{ command: 'ALL' }],
  tags: { passwd: false },
  options: { profile: 'P' },
  place,
  ...rest,
})
const role = (name: string, roleauth: 'user' | 'role') =>
  rule(0, { runAs: { users: [{ type: 'user', name }] }, options: { role: name, roleauth }, tags: {} })
const auths = (values: string[], account?: string): Finding => ({
  kind: 'setting',
  subject: 'rbac',
  name: 'auths',
  values,
  ...(account === undefined ? {} : { account }),
  place,
})

const ways = (one: FindingOf<'account'>, ...findings: readonly Finding[]) =>
  rbacWays.ways(
    one,
    hostFacts(
      [root, ann, bob, oper, ...findings].map((finding) => ({ probe: 'any', finding })),
      [],
    ),
  )
const paths = (...findings: readonly Finding[]) =>
  ways(ann, ...findings).paths.map(({ effect, password }) => `${effect} ${password}`)

describe('a rights profile', () => {
  test('that runs every command as root gives root without a password', () => {
    const { paths: found } = ways(ann, rule(0, {}))
    expect(found).toEqual([
      {
        via: 'rbac',
        effect: 'root',
        password: 'none',
        sentence: 'By pfexec it may run any command as root.',
        steps: [{ sentence: 'a pfexec rule says that ann may run any command as root', place }],
      },
    ])
    expect(ways(bob, rule(0, {})).paths).toEqual([])
  })

  test('that has to be authenticated takes the own password', () => {
    expect(paths(rule(0, { tags: {} }))).toEqual(['root own'])
  })

  test('gives root where one of its commands does, with privileges that are as good', () => {
    expect(paths(rule(0, { commands: [{ command: '/usr/sbin/tar' }] }))).toEqual(['root none'])
    expect(paths(rule(0, { commands: [{ command: '/usr/sbin/audit' }] }))).toEqual(['limited none'])
    const chown = {
      options: { profile: 'P', privs: 'file_chown' },
      runAs: { users: [{ type: 'user' as const, name: 'root' }] },
    }
    expect(paths(rule(0, { ...chown, commands: [{ command: '/usr/bin/chown' }] }))).toEqual(['root none'])
  })

  test('gives nothing that runs as oneself', () => {
    expect(paths(rule(0, { runAs: { users: [] }, commands: [{ command: '/usr/bin/kill' }] }))).toEqual([])
  })

  test('gives another account where a shell runs as it', () => {
    const shell = rule(0, {
      runAs: { users: [{ type: 'user', name: 'oper' }] },
      commands: [{ command: '/usr/bin/bash' }],
    })
    expect(ways(ann, shell).becomes?.map(({ accounts }) => accounts.map(({ name }) => name))).toEqual([['oper']])
  })
})

describe('a role', () => {
  test('that asks for its own password gives nothing that the password alone does not, and that is told', () => {
    expect(paths(role('root', 'role'))).toEqual(['limited target'])
    expect(ways(ann, role('oper', 'role')).becomes).toEqual([])
  })

  test('that asks for the user’s gives the role', () => {
    expect(paths(role('root', 'user'))).toEqual(['root own'])
    expect(ways(ann, role('oper', 'user')).becomes?.map(({ password }) => password)).toEqual(['own'])
    expect(paths(role('oper', 'user'))).toEqual([])
  })
})

test('authorizations over passwords, roles and services leave it open', () => {
  expect(ways(ann, auths(['solaris.jobs.user', 'solaris.passwd.assign'], 'ann')).unsure).toEqual([
    { code: 'unsupported', ...place, detail: 'what the authorizations solaris.passwd.assign give' },
  ])
  expect(ways(bob, auths(['solaris.*'], 'ann')).unsure).toEqual([])
  expect(ways(bob, auths(['solaris.smf.modify'])).unsure).toHaveLength(1)
  expect(ways(ann, auths(['solaris.device.cdrw', 'solaris.smf.manage.ssh'])).unsure).toEqual([])
})
