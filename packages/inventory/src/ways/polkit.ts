import type { FindingOf, Grant, GrantedCommand } from '@rollcall/contract'
import type { PrivilegePath } from '@rollcall/contract/api'
import { escapeOf, granteesMatch, nameOf } from '@rollcall/contract/sudo'
import type { HostFacts } from '../host-facts.ts'
import { ruledAccount } from './rules.ts'
import { NOTHING, type KindOfWay } from './way.ts'

/** What polkit lets an account do as root: its administrators with their own password, others by rules that let them. */
export const polkitWays: KindOfWay = {
  restsOn: ['polkit-rules'],
  ways(account, facts) {
    const rules = rulesOf(facts)
    if (rules.length === 0) return NOTHING
    const ruled = ruledAccount(account, facts)
    const decided = new Map<string, { grant: Grant; command: GrantedCommand }>()
    const open = new Map<string, Grant>()
    for (const grant of rules) {
      const matches = granteesMatch(grant.grantees, ruled)
      if (matches === 'no') continue
      for (const command of grant.commands) {
        const key = `${command.command} ${command.arguments ?? ''} ${grant.options.session ?? ''}`
        if (matches === 'unknown') open.set(key, grant)
        else if (command.negated === true) decided.delete(key)
        else decided.set(key, { grant, command })
      }
    }
    return {
      paths: pathsOf(account, [...decided.values()]),
      unsure: [...new Set(open.values())].map(({ place }) => ({
        code: 'unsupported',
        ...place,
        detail: 'whether polkit lets it act as root is up to a netgroup',
      })),
    }
  },
}

const rulesOf = (facts: HostFacts): readonly Grant[] => {
  const known = grants.get(facts)
  if (known !== undefined) return known
  const found = facts.grants.filter(({ mechanism }) => mechanism === 'polkit')
  grants.set(facts, found)
  return found
}

const grants = new WeakMap<HostFacts, readonly Grant[]>()

/** One for each rule that decides, by the best of what it lets do. */
const pathsOf = (
  { name }: FindingOf<'account'>,
  decided: readonly { grant: Grant; command: GrantedCommand }[],
): PrivilegePath[] =>
  [...Map.groupBy(decided, ({ grant }) => grant)].slice(0, MOST_RULES).map(([grant, each]) => {
    const powers = each.map(({ command }) => powerOf(command))
    const power = powers.toSorted((one, other) => one.rank - other.rank)[0]!
    const seated = grant.options.session !== undefined
    const admin = grant.tags.admin === true
    const what = `${power.how}${seated ? ', from a session at the machine itself' : ''}`
    return {
      via: 'polkit',
      effect: power.root && !seated ? 'root' : 'limited',
      password: grant.tags.passwd === false ? 'none' : 'own',
      sentence: admin
        ? `polkit takes it for an administrator: with its own password it ${what}.`
        : `polkit lets it: it ${what}.`,
      steps: [
        {
          sentence: admin ? `polkit takes ${name} for an administrator` : `a polkit rule lets ${name} do so`,
          place: grant.place,
        },
        { sentence: `${name} ${what}` },
      ],
    }
  })

const MOST_RULES = 50

interface Power {
  readonly root: boolean
  /** The least is the plainest way to root. */
  readonly rank: number
  /** Completes "it …". */
  readonly how: string
}

const powerOf = ({ command, arguments: given }: GrantedCommand): Power => {
  if (command.startsWith('/')) {
    const escape = escapeOf(nameOf(command))
    return escape === undefined
      ? { root: false, rank: LIMITED, how: `may run ${command} as root by pkexec` }
      : { root: true, rank: PROGRAM, how: `may run ${command} as root by pkexec: ${nameOf(command)} ${escape.how}` }
  }
  if (given !== undefined) return { root: false, rank: LIMITED, how: `may do ${command} where ${given}` }
  const how = Object.hasOwn(HOW, command) ? HOW[command] : undefined
  return how === undefined
    ? { root: false, rank: LIMITED, how: `may do ${command}` }
    : { root: true, rank: ACTIONS.indexOf(command), how }
}

const PROGRAM = 1000
const LIMITED = 2000

/** How each action gives root, the plainest first. */
const HOW: Readonly<Record<string, string>> = {
  'org.freedesktop.policykit.exec': 'may run any program as root by pkexec',
  'org.freedesktop.systemd1.manage-units': 'may start a transient unit that runs any command as root',
  'org.freedesktop.systemd1.manage-unit-files': 'may enable a unit file of its own, which runs as root',
  'org.freedesktop.systemd1.set-environment': 'may set LD_PRELOAD for every service that root starts',
  'org.freedesktop.machine1.host-shell': 'may open a shell of root on the host by machinectl',
  'org.freedesktop.portable1.attach-images': 'may attach an image whose services run as root',
  'org.freedesktop.accounts.user-administration': 'may make any account an administrator and set its password',
  'org.freedesktop.packagekit.package-install-untrusted': 'may install a package of its own, whose scripts run as root',
  'org.freedesktop.packagekit.system-sources-configure': 'may add a source of packages, whose scripts run as root',
  'org.freedesktop.udisks2.open-device-system': 'may open raw disks of the system, and so every file',
  'org.freedesktop.udisks2.modify-system-configuration': 'may change what is mounted where, and with which options',
  'org.freedesktop.udisks2.filesystem-take-ownership': 'may make any file system that is mounted its own',
  'org.libvirt.unix.manage': 'may start a virtual machine as root that is given any disk or file of the host',
  'org.debian.apt.install-file': 'may install a package of its own, whose scripts run as root',
  'org.debian.apt.change-repository': 'may add a source of packages, whose scripts run as root',
  'org.projectatomic.rpmostree1.install-local-packages': 'may install a package of its own, whose scripts run as root',
  'org.projectatomic.rpmostree1.override': 'may replace any package of the system by one of its own',
}

const ACTIONS = Object.keys(HOW)
