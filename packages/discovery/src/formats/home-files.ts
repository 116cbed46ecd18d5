import type { HostFile } from '../host.ts'
import type { Gathering } from '../probe.ts'
import type { LocalPeople } from './accounts/local-people.ts'
import { literally } from '../posix-path.ts'

/** A file in the home of an account, or of several that share the home. */
export interface HomeFile {
  readonly accounts: readonly string[]
  readonly home: string
  readonly file: HostFile
}

/** More homes than this are not looked into; that is then said. */
const MOST_HOMES = 5000

/** Reads files of the same names in the homes of all local accounts: one round trip, each home once. */
export const readInHomes = async (
  host: Pick<Gathering, 'readWith' | 'missed'>,
  { accounts }: Pick<LocalPeople, 'accounts'>,
  names: readonly string[],
  options: Parameters<Gathering['readWith']>[0] = {},
): Promise<HomeFile[]> => {
  const homes = new Map<string, string[]>()
  for (const { name, home } of accounts) {
    const plain = home.replace(/\/{1,64}$/, '')
    if (!/^(?:\/[^\0\r\n]{1,3000})?$/.test(plain) || home === '') continue
    homes.set(plain, [...(homes.get(plain) ?? []), name])
  }
  if (homes.size > MOST_HOMES)
    host.missed({ code: 'too-many', path: '/etc/passwd', count: homes.size - MOST_HOMES, detail: 'homes' })
  const looked = [...homes].slice(0, MOST_HOMES)
  const read = await Promise.all(
    looked.flatMap(([home, owners]) =>
      names.map(async (name) => {
        const files = await host.readWith(options, `${literally(home)}/${name}`)
        return files.map((file): HomeFile => ({ accounts: owners, home, file }))
      }),
    ),
  )
  return read.flat()
}
