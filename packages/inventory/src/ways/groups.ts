import type { FindingOf } from '@rollcall/contract'
import type { PrivilegePath } from '@rollcall/contract/api'
import { groupPower } from '@rollcall/contract/sudo'
import type { HostFacts } from '../host-facts.ts'
import type { KindOfWay } from './way.ts'

/** Groups whose members may open what is as good as root. Of what local-passwords reads, gshadow names who administers them. */
export const groupWays: KindOfWay = {
  restsOn: ['local-accounts', { probe: 'local-passwords', bears: ({ path }) => path !== '/etc/shadow' }],
  ways: ({ name }, facts) => ({
    paths: (facts.memberships.get(name) ?? []).flatMap((membership) => groupPath(membership, facts) ?? []),
    unsure: [],
  }),
}

const groupPath = (
  { account, group, gid, role, place }: FindingOf<'membership'>,
  facts: HostFacts,
): PrivilegePath | undefined => {
  const power = groupPower(gid, facts.groupNames.get(gid) ?? [group])
  if (power === undefined) return undefined
  const opened = socketsOf(facts).get(gid)
  const gives = {
    sentence: `${power.name === group ? group : `${group}, which is ${power.name} by its number ${gid},`} gives it: its members ${power.how}`,
    ...(opened === undefined ? {} : { place: opened.place }),
  }
  if (role === 'administrator') {
    return {
      via: 'group',
      effect: power.effect,
      password: 'none',
      sentence: `It administers the group ${group} and may add itself; its members ${power.how}.`,
      steps: [
        { sentence: `${account} is an administrator of the group ${group}`, place },
        { sentence: `${account} may add itself to it with gpasswd(1)` },
        gives,
      ],
    }
  }
  return {
    via: 'group',
    effect: power.effect,
    password: 'none',
    sentence: `It belongs to the group ${group}, whose members ${power.how}.`,
    steps: [
      {
        sentence:
          role === 'primary'
            ? `${group} is the primary group of ${account}`
            : `${account} is a member of the group ${group}`,
        place,
      },
      gives,
    ],
  }
}

/** The sockets that groups open, which show that what a group is worth by its name is so here. */
const socketsOf = (facts: HostFacts): ReadonlyMap<number, FindingOf<'file'>> => {
  const known = sockets.get(facts)
  if (known !== undefined) return known
  const found = new Map(
    facts.files
      .filter(({ role, account }) => role === 'socket' && account === 'root')
      .map((file) => [file.group, file]),
  )
  sockets.set(facts, found)
  return found
}

const sockets = new WeakMap<HostFacts, ReadonlyMap<number, FindingOf<'file'>>>()
