import type { Finding, FindingOf } from '@rollcall/contract'
import { describe, expect, test } from 'vitest'
import { hostFacts } from '../host-facts.ts'
import { containerWays } from './containers.ts'
import { sudoWays } from './sudo.ts'

const account = (name: string, uid: number): FindingOf<'account'> => ({
  kind: 'account',
  name,
  uid,
  gid: uid,
  home: `/home/${name}`,
  shell: '/bin/bash',
  interactiveShell: true,
  place: { path: '/etc/passwd', line: uid + 1 },
})
const [root, web, ann] = [account('root', 0), account('web', 33), account('ann', 1000)] as const

const DOCKER = '/var/lib/docker/containers/0123/config.v2.json'
const runsAs = (account: string, name: string, path = DOCKER): Finding => ({
  kind: 'usage',
  account,
  consumer: 'container',
  name,
  place: { path },
})
const rootOf = (container: string, value: string, path = DOCKER): Finding => ({
  kind: 'setting',
  subject: 'container-engine',
  name: 'root-of-container',
  values: [value],
  condition: `container ${container}`,
  place: { path },
})
const facts = (...findings: readonly Finding[]) =>
  hostFacts(
    [root, web, ann, ...findings].map((finding) => ({ probe: 'any', finding })),
    [],
  )

describe('an account whose number the processes of a container have', () => {
  const unsure = (...findings: readonly Finding[]) =>
    containerWays.ways(web, facts(...findings)).unsure.map(({ detail, path }) => [detail, path])

  test('is unsure where root of the container is root of the host, or may be', () => {
    for (const value of ['is root here', 'may be root here'])
      expect(unsure(runsAs('web', 'shop'), rootOf('shop', value))).toEqual([
        [`what a process with its number in container shop, whose root ${value}, lets it do`, DOCKER],
      ])
  })

  test('has nothing of it where the container gives nothing, is another, or is only written down in a compose file', () => {
    const compose = '/opt/shop/compose.yaml'
    expect(unsure(runsAs('web', 'shop'))).toEqual([])
    expect(unsure(runsAs('web', 'shop'), rootOf('other', 'is root here'))).toEqual([])
    expect(unsure(runsAs('web', 'shop', compose), rootOf('shop', 'is root here', compose))).toEqual([])
  })
})

describe('a sudo rule that lets somebody enter a container', () => {
  const given = (command: string, words: string, ...findings: readonly Finding[]) => {
    const rule: Finding = {
      kind: 'grant',
      mechanism: 'sudo',
      order: 0,
      grantees: [{ type: 'user', name: 'ann' }],
      here: 'yes',
      runAs: {},
      commands: [{ command, arguments: words }],
      tags: {},
      options: {},
      place: { path: '/etc/sudoers', line: 9 },
    }
    return sudoWays.ways(ann, facts(rule, ...findings)).paths.map(({ effect, sentence }) => [effect, sentence])
  }
  const agent = [runsAs('root', 'agent'), rootOf('agent', 'is root here')] as const

  test('gives root where its root is root of the host', () => {
    expect(given('/usr/bin/docker', 'exec -it agent sh', ...agent)).toEqual([
      [
        'root',
        'By sudo it may run /usr/bin/docker exec -it agent sh as root: docker enters agent, a container whose root is root of the host.',
      ],
    ])
  })

  test.each([
    ['another container', 'exec -it web sh', agent],
    ['a look at it', 'logs agent', agent],
    ['one that may be', 'exec agent sh', [runsAs('root', 'agent'), rootOf('agent', 'may be root here')]],
    ['one that runs as somebody else', 'exec agent sh', [runsAs('web', 'agent'), rootOf('agent', 'is root here')]],
  ] as const)('does not for %s', (_, words, findings) => {
    expect(given('/usr/bin/docker', words, ...findings).map(([effect]) => effect)).toEqual(['limited'])
  })

  test('gives it where it says to enter as root', () => {
    const findings = [runsAs('web', 'agent'), rootOf('agent', 'is root here')]
    for (const words of ['exec -u 0 agent sh', 'exec --user=root:root agent sh'])
      expect(given('/usr/bin/podman', words, ...findings).map(([effect]) => effect)).toEqual(['root'])
  })
})
