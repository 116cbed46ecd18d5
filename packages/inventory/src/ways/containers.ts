import type { FindingOf, Reason } from '@rollcall/contract'
import type { HostFacts } from '../host-facts.ts'
import type { KindOfWay } from './way.ts'

type Setting = FindingOf<'setting'>

/**
 * Containers that can do anything to the host, and accounts whose number their processes have. The account may stand in for such a
 * process where nothing else keeps it off, and the process becomes root of the container by any setuid program of its image: neither is
 * known here. Who may change a container's definition or what it runs is told with files, who may enter it with sudo and groups.
 */
export const containerWays: KindOfWay = {
  restsOn: [{ probe: 'containers', bears: ({ code, line }) => code !== 'unsupported' || line === undefined }],
  ways: ({ name }, facts) => ({
    paths: [],
    unsure: (facts.services.get(name) ?? [])
      .filter(({ consumer }) => consumer === 'container')
      .flatMap((usage): Reason[] => {
        const { container, setting } = containersOf(facts).find((one) => isOf(one, usage)) ?? {}
        return setting?.place === undefined
          ? []
          : [
              {
                code: 'unsupported',
                ...setting.place,
                detail:
                  `what a process with its number in container ${container}, whose root ${setting.values[0]}, lets it do`.slice(
                    0,
                    500,
                  ),
              },
            ]
      })
      .slice(0, MOST_REASONS),
  }),
}

const MOST_REASONS = 10

/** A container of which root is, or may be, root of the host. */
interface Container {
  readonly container: string
  readonly setting: Setting
}

const isOf = ({ container, setting }: Container, { name, place }: FindingOf<'usage'>) =>
  container === name && setting.place?.path === place.path

/** Those that an engine has; a compose file alone runs nothing. */
const containersOf = (facts: HostFacts): readonly Container[] => {
  const known = containers.get(facts)
  if (known !== undefined) return known
  const found = facts.engines
    .filter(
      ({ name, place }) =>
        name === 'root-of-container' && /\/config(?:\.v2)?\.json$|\.container$/.test(place?.path ?? ''),
    )
    .map((setting) => ({ container: (setting.condition ?? '').replace(/^container /, ''), setting }))
  containers.set(facts, found)
  return found
}

const containers = new WeakMap<HostFacts, readonly Container[]>()

/**
 * What who runs a program of an engine with fixed arguments gets by entering a container: how, as the end of a sentence, where it is
 * root of the host.
 */
export const enteredBy =
  (facts: HostFacts) =>
  (program: string, words: readonly string[]): string | undefined => {
    if (!/^(?:docker|podman|nerdctl)$/.test(program)) return undefined
    const verb = words.findIndex((word) => word === 'exec' || word === 'attach')
    if (verb === -1) return undefined
    const asRoot = words.some(
      (word, index) =>
        /^(?:--user=|-u=?)(?:0|root)(?::|$)/.test(word) ||
        (/^(?:-u|--user)$/.test(word) && /^(?:0|root)(?::|$)/.test(words[index + 1] ?? '')),
    )
    const entered = containersOf(facts).find(
      ({ container, setting }) =>
        words.indexOf(container, verb + 1) !== -1 &&
        setting.values[0] === 'is root here' &&
        (asRoot || startsAsRoot(container, setting, facts)),
    )
    return entered === undefined
      ? undefined
      : `${program} enters ${entered.container}, a container whose root is root of the host`
  }

const startsAsRoot = (container: string, setting: Setting, facts: HostFacts) =>
  (facts.services.get('root') ?? []).some(
    (usage) => usage.consumer === 'container' && isOf({ container, setting }, usage),
  )
