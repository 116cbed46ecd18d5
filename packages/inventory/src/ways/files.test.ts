import type { Finding, FindingOf } from '@rollcall/contract'
import { describe, expect, test } from 'vitest'
import { hostFacts } from '../host-facts.ts'
import { fileWays } from './files.ts'

type File = FindingOf<'file'>

const account = (name: string, uid: number, gid = uid): FindingOf<'account'> => ({
  kind: 'account',
  name,
  uid,
  gid,
  home: `/home/${name}`,
  shell: '/bin/bash',
  interactiveShell: true,
  place: { path: '/etc/passwd', line: uid },
})
const member = (account: string, group: string, gid: number, role: 'member' | 'administrator' = 'member'): Finding => ({
  kind: 'membership',
  account,
  group,
  gid,
  role,
  place: { path: '/etc/group', line: gid },
})
const file = (rest: Partial<File>): File => ({
  kind: 'file',
  role: 'run-as',
  type: 'file',
  owner: 0,
  group: 0,
  mode: '0755',
  account: 'root',
  place: { path: '/opt/job' },
  ...rest,
})

const [root, ann, bob, web] = [
  account('root', 0),
  account('ann', 1000),
  account('bob', 1001),
  account('web', 33),
] as const
const people: readonly Finding[] = [root, ann, bob, web, member('bob', 'devs', 50), member('root', 'root', 0)]

/** What each of ann, bob and web gets by these files. */
const who = (...files: readonly Finding[]) => {
  const facts = hostFacts(
    [...people, ...files].map((finding) => ({ probe: 'any', finding })),
    [],
  )
  return Object.fromEntries(
    [ann, bob, web].flatMap((one): [string, string][] => {
      const { paths, becomes = [], unsure } = fileWays.ways(one, facts)
      const all = [
        ...paths.map(({ via, effect }) => `${via} ${effect}`),
        ...becomes.map(
          ({ via, accounts, doubt }) =>
            `${via} as ${accounts.map(({ name }) => name).join()}${doubt === undefined ? '' : '?'}`,
        ),
        ...unsure.map(() => 'unsure'),
      ]
      return all.length === 0 ? [] : [[one.name, all.join(', ')]]
    }),
  )
}

describe('a file that something runs as root', () => {
  test('gives root to its owner', () => {
    expect(who(file({ owner: 1000, writableBy: ['owner'] }))).toEqual({ ann: 'writable root' })
  })

  test('gives root to the members of its group, also to who may add itself to it', () => {
    const devs = file({ group: 50, mode: '0775', writableBy: ['group'] })
    expect(who(devs)).toEqual({ bob: 'writable root' })
    expect(who(devs, member('web', 'devs', 50, 'administrator'))).toEqual({
      bob: 'writable root',
      web: 'writable root',
    })
  })

  test('gives root to everyone where others may write, but not to members of a group that may not', () => {
    expect(who(file({ mode: '0757', group: 50, writableBy: ['others'] }))).toEqual({
      ann: 'writable root',
      web: 'writable root',
    })
  })

  test('gives nothing to who may not pass the folders on the way', () => {
    const behind = [{ path: '/srv', owner: 33, group: 50, mode: '0710' }]
    expect(who(file({ mode: '0777', writableBy: ['group', 'others'], behind }))).toEqual({
      bob: 'writable root',
      web: 'writable root',
    })
    expect(who(file({ mode: '0777', writableBy: ['others'], behind: [{ ...behind[0]!, mode: '0700' }] }))).toEqual({
      web: 'writable root',
    })
  })
})

test('a file that something runs as an account gives that account, to others than itself', () => {
  expect(who(file({ account: 'web', mode: '0777', writableBy: ['others'] }))).toEqual({
    ann: 'writable as web',
    bob: 'writable as web',
  })
})

test('what an account does that this host does not list is not known', () => {
  expect(who(file({ account: 'stranger', owner: 1000, writableBy: ['owner'] }))).toEqual({ ann: 'unsure' })
})

test('a step names the file with its owner and mode, and the line that leads there', () => {
  const facts = hostFacts(
    [
      ...people,
      file({
        owner: 1000,
        writableBy: ['owner'],
        because: 'cron job',
        namedBy: { path: '/etc/crontab', line: 7 },
      }),
    ].map((finding) => ({ probe: 'any', finding })),
    [],
  )
  expect(fileWays.ways(ann, facts).paths).toEqual([
    {
      via: 'writable',
      effect: 'root',
      password: 'none',
      sentence: 'It may change /opt/job, which runs as root (cron job).',
      steps: [
        { sentence: 'ann has uid 1000, which owns /opt/job', place: { path: '/etc/passwd', line: 1000 } },
        {
          sentence: '/opt/job has mode 0755, owner 1000 and group 0: its owner 1000 may write to it',
          place: { path: '/opt/job' },
        },
        { sentence: 'what leads there: cron job, as root', place: { path: '/etc/crontab', line: 7 } },
      ],
    },
  ])
})

describe('a setuid program', () => {
  const setuid = (path: string, mode: string, rest: Partial<File> = {}): File => {
    const { account: _, ...plain } = file({ role: 'setuid', mode, place: { path }, ...rest })
    return plain
  }

  test('of a distribution gives nothing, unless others may change it', () => {
    expect(who(setuid('/usr/bin/passwd', '4755', { ordinary: true }))).toEqual({})
    expect(who(setuid('/usr/bin/passwd', '4775', { ordinary: false, group: 50, writableBy: ['group'] }))).toMatchObject(
      {
        bob: 'writable root, setuid limited',
        ann: 'setuid limited',
      },
    )
  })

  test('that is a shell or the like gives root to who may run it', () => {
    expect(who(setuid('/usr/bin/find', '4750', { group: 50 }))).toEqual({ bob: 'setuid root' })
    expect(who(setuid('/tmp/x', '4755', { program: 'bash' }))).toMatchObject({ ann: 'setuid root', web: 'setuid root' })
  })

  test('that is a script gives nothing, and one that is not recognised may give everything', () => {
    expect(who(setuid('/opt/x', '4755', { program: 'script' }))).toEqual({})
    expect(who(setuid('/opt/x', '4750', { group: 50 }))).toEqual({ bob: 'setuid limited, unsure' })
    const facts = hostFacts(
      [...people, setuid('/opt/x', '4755')].map((finding) => ({ probe: 'any', finding })),
      [],
    )
    expect(fileWays.ways(ann, facts).unsure).toEqual([{ code: 'unrecognised', path: '/opt/x' }])
  })

  test('that looks after itself is in doubt only where it is not known to be the distribution’s own', () => {
    expect(who(setuid('/opt/tools/sudo', '4750', { group: 50 }))).toEqual({ bob: 'setuid limited, unsure' })
  })

  test('of another account than root gives that account', () => {
    expect(who(setuid('/opt/python3', '4755', { owner: 33 }))).toEqual({ ann: 'setuid as web', bob: 'setuid as web' })
    expect(who(setuid('/opt/x', '4750', { owner: 33, group: 50 }))).toEqual({ bob: 'setuid as web?' })
  })

  test('setgid gives what the group is worth', () => {
    const shadow = member('root', 'shadow', 42)
    expect(who(setuid('/opt/cat', '2755', { role: 'setgid', group: 42 }), shadow)).toMatchObject({ ann: 'setuid root' })
    expect(who(setuid('/opt/cat', '2755', { role: 'setgid', group: 50 }), shadow)).toEqual({})
    // Its owner gets the group by it as well.
    expect(who(setuid('/opt/cat', '2750', { role: 'setgid', owner: 33, group: 42 }), shadow)).toEqual({
      web: 'setuid root',
    })
  })
})

describe('capabilities', () => {
  const capable = (name: string, capabilities: string) => {
    const { account: _, ...plain } = file({
      role: 'capabilities',
      capabilities,
      mode: '0750',
      group: 50,
      place: { path: `/usr/bin/${name}` },
    })
    return who(plain)
  }

  test.each([
    ['python3.11', 'cap_setuid=ep', 'capabilities root'],
    ['perl', 'cap_setuid+p', 'capabilities root'],
    ['tar', 'cap_dac_read_search=ep', 'capabilities root'],
    ['cp', 'cap_dac_override=ep', 'capabilities root'],
    ['cp', 'cap_dac_override=p', 'capabilities limited, unsure'],
    ['agent', 'cap_dac_override=ep', 'capabilities limited, unsure'],
    ['server', '=ep', 'capabilities limited, unsure'],
  ])('of %s as %s give: %s', (name, capabilities, expected) => {
    expect(capable(name, capabilities)).toEqual({ bob: expected })
  })

  test('that reach no files and no identities give nothing, nor those that a program only may inherit', () => {
    expect(capable('python3', 'cap_net_bind_service,cap_net_raw=ep')).toEqual({})
    expect(capable('python3', 'cap_setuid=i')).toEqual({})
  })
})

test('a socket gives what is behind it to who may write to it', () => {
  const socket = file({ role: 'socket', type: 'socket', mode: '0660', group: 50, writableBy: ['group'] })
  expect(who(socket)).toEqual({ bob: 'socket root' })
  expect(who({ ...socket, account: 'web' })).toEqual({ bob: 'socket as web' })
})

test('a disk gives root to who may read or write it', () => {
  expect(who(file({ role: 'device', type: 'device', mode: '0640', group: 50, place: { path: '/dev/sda' } }))).toEqual({
    bob: 'writable root',
  })
})

test('a copy of the hashes gives root to who may read it, and a key of the host something', () => {
  const readable = (path: string) =>
    file({ role: 'decides', mode: '0640', group: 50, writableBy: [], readableBy: ['group'], place: { path } })
  expect(who(readable('/etc/shadow-'))).toEqual({ bob: 'readable root' })
  expect(who(readable('/etc/krb5.keytab'))).toEqual({ bob: 'readable limited' })
})

test('what is open to everyone is told of each account a few times at most', () => {
  const many = Array.from({ length: 1000 }, (_, index) =>
    file({ mode: '0777', writableBy: ['others'], place: { path: `/opt/${index}` } }),
  )
  const facts = hostFacts(
    [...people, ...many].map((finding) => ({ probe: 'any', finding })),
    [],
  )
  expect(fileWays.ways(ann, facts).paths).toHaveLength(27)
})
