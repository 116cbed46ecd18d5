import type { HostDetail } from '@rollcall/contract/api'
import { machinePrincipals } from '@rollcall/inventory'
import type { Store } from '@rollcall/store'
import { empty, is } from './coverage.ts'
import { computerHost } from './directory-on-hosts.ts'

/** Of more realms, directories and computers of a host nothing is looked up. */
const MOST = 10

type Joined = NonNullable<HostDetail['directories']>

/**
 * The directories that a host is joined to: those whose realm its keytab names, with the computer that it is there, and those of a computer that
 * is taken for it by its name. A realm that was never read is told as well.
 */
export const joinedDirectories = async (store: Store, id: string, names: readonly string[]): Promise<Joined> => {
  const principals = machinePrincipals(await store.scopes.current(id))
  const realms = [...new Set(principals.map(({ realm }) => realm))].filter((realm) => realm !== '').slice(0, MOST)
  const told: Joined = []
  for (const realm of realms) {
    const accounts = principals.filter((one) => one.realm === realm).map(({ account }) => account)
    const sentence = 'Its keytab names it.'
    const directories = await rowsOf(store, 'directories', 'domain', [realm])
    if (directories.length === 0) told.push({ directory: null, realm, computer: null, sentence })
    for (const directory of directories)
      told.push({ directory, realm, computer: await computerOf(store, directory.id, accounts), sentence })
  }
  const known = new Set(told.map(({ directory }) => directory?.id))
  return [...told, ...(await byName(store, id, names)).filter(({ directory }) => !known.has(directory?.id))]
}

const byName = async (store: Store, id: string, names: readonly string[]): Promise<Joined> => {
  const told: Joined = []
  const full = [...new Set(names.map((name) => name.toLowerCase()))].filter((name) => name.includes('.'))
  for (const computer of await rowsOf(store, 'directory_accounts', 'dns_name', full)) {
    const entry = await store.directories.account(computer.id)
    if (entry === undefined) continue
    const signals = (await store.directories.byId(entry.host_id))?.signals
    if ((await computerHost(store, entry, signals))?.id !== id) continue
    const [directory] = await rowsOf(store, 'directories', 'id', [entry.host_id])
    if (directory !== undefined)
      told.push({ directory, realm: null, computer, sentence: 'A computer there goes by its name.' })
  }
  return told
}

/** The computer that a keytab names: `host1$`, or `host/host1.example.org`. */
const computerOf = async (store: Store, directory: string, accounts: readonly string[]) => {
  const hosts = accounts.flatMap((account) => /^host\/(.+\..+)$/.exec(account)?.[1] ?? [])
  const names = [
    ...accounts.filter((account) => !account.includes('/')),
    ...hosts.map((host) => `${host.split('.')[0]}$`),
  ].flatMap((name) => [name, name.toUpperCase()])
  const here = [is('directory_id', directory)]
  const [first] = [
    ...(await rowsOf(store, 'directory_accounts', 'account', names, here)),
    ...(await rowsOf(store, 'directory_accounts', 'dns_name', hosts, here)),
  ]
  return first ?? null
}

const NAMED = { directories: 'directory', directory_accounts: 'account' } as const

const rowsOf = async (
  { relations }: Store,
  relation: keyof typeof NAMED,
  column: string,
  values: readonly string[],
  more: Parameters<Store['relations']['count']>[1] = [],
): Promise<{ id: string; name: string }[]> => {
  if (values.length === 0) return []
  const computers = relation === 'directories' ? [] : [is('type', 'computer'), empty('gone_since')]
  const { rows } = await relations.page({
    relation,
    where: [is(column, ...values.slice(0, MOST)), ...computers, ...more],
    sort: { column: 'id', descending: false },
    limit: MOST,
  })
  return rows.map((row) => ({ id: row.id, name: String(row[NAMED[relation]] ?? '') }))
}
