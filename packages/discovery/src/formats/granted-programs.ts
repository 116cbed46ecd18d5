import type { Grant, Grantee, GrantedCommand } from '@rollcall/contract'
import type { FindResult } from '../host.ts'
import { folderOf, lastPart } from '../posix-path.ts'
import type { Gathering } from '../probe.ts'
import { programsOfWords } from './command-programs.ts'
import { lookAtPaths, lookFrom, pathFindings, type PathLook, type PathUse } from './path-trust.ts'

/** What a host says of the programs that rules let run. */
export interface GrantedLook {
  readonly paths: PathLook
  /** What lies in folders that rules name, or that their patterns match in. Absent where no rule does so. */
  readonly inFolders?: FindResult
}

/** Asks who may change the programs that rules name, unless none is named by its path. For a probe's `gather`. */
export const lookAtGranted = async (
  host: Pick<Gathering, 'find' | 'missed'>,
  grants: readonly Grant[],
): Promise<GrantedLook | undefined> => {
  const uses = grants.flatMap(usesOf)
  const all = [...new Set(uses.map(({ path }) => path))]
  const paths = all.slice(0, MOST_PATHS)
  if (paths.length === 0) return undefined
  if (paths.length < all.length)
    host.missed({ code: 'too-many', detail: 'programs that rules name', count: all.length - paths.length })
  const folders = [...new Set(uses.flatMap(({ pattern, path }) => (pattern === undefined ? [] : [path])))]
  if (folders.length === 0) return { paths: await lookAtPaths(host, paths) }
  const inFolders = await host.find({
    under: folders.slice(0, MOST_FOLDERS),
    maxDepth: 1,
    maxEntries: MOST_ENTRIES,
    where: { types: ['file', 'link'] },
  })
  const matched = uses.flatMap((use) => matching(use, inFolders))
  return {
    paths: await lookAtPaths(host, [...paths, ...matched.map(({ path }) => path)], lookFrom(inFolders)),
    inFolders,
  }
}

/** Those of the programs, scripts and folders that somebody else than root and who runs them may change. */
export const grantedFindings = (grants: readonly Grant[], { paths, inFolders }: GrantedLook) =>
  pathFindings(
    grants.flatMap(usesOf).flatMap((use) => [plain(use), ...(inFolders === undefined ? [] : matching(use, inFolders))]),
    paths,
  )

const MOST_PATHS = 1000
const MOST_FOLDERS = 50
const MOST_ENTRIES = 1000

/** Of a folder: what the names in it begin and end with, so far as the rule says. */
interface GrantedUse extends PathUse {
  readonly pattern?: { readonly start: string; readonly end: string }
}

const usesOf = ({ mechanism, runAs, commands, place }: Grant): GrantedUse[] => {
  const account = mostPowerful(runAs)
  if (account === undefined) return []
  return commands
    .filter(({ negated }) => negated !== true)
    .flatMap((command) => {
      const because = `${mechanism} rule${command.digests === undefined ? '' : ' with a digest, checked before it starts'}`
      return programsOf(command).flatMap(({ path, as = account }) =>
        useOf(path, { role: 'run-as', account: as, because, namedBy: place }),
      )
    })
}

const ROOT: Grantee = { type: 'user', name: 'root' }

/** As whom the programs run that matters most. */
const mostPowerful = ({ users, groups }: Grant['runAs']): string | undefined => {
  const all = users ?? (groups === undefined ? [ROOT] : [])
  return all.some(({ type, name, negated }) => negated !== true && (type === 'all' || name === 'root' || name === '0'))
    ? 'root'
    : all.find(({ type }) => type === 'user')?.name
}

/** The program, and what its arguments make it run, such as the script of an interpreter. */
const programsOf = ({ command, arguments: given }: GrantedCommand): { path: string; as?: string }[] => {
  if (!command.startsWith('/')) return []
  const words = given === undefined || given === '""' || given.startsWith('^') ? [] : wordsOf(given)
  const behind = words.length === 0 || WILD.test(command) ? [] : programsOfWords([unescaped(command), ...words])
  return [
    { path: command },
    ...behind.flatMap(({ path, account }) =>
      path.startsWith('/') && path !== unescaped(command)
        ? [{ path, ...(account === undefined ? {} : { as: account }) }]
        : [],
    ),
  ]
}

const WILD = /(?<!\\)[*?[]/

const unescaped = (text: string) => text.replaceAll(/\\(.)/g, '$1')

/** The words as sudoers(5) has them, where `\` stands before a blank that belongs to one. */
const wordsOf = (given: string) => (given.match(/(?:\\.|[^ \\])+/g) ?? []).slice(0, 256).map(unescaped)

const useOf = (path: string, use: Omit<PathUse, 'path'>): GrantedUse[] => {
  const wild = path.search(WILD)
  if (wild === -1 && !path.endsWith('/')) return [{ path: unescaped(path), ...use }]
  const folder = unescaped(folderOf(wild === -1 ? path : path.slice(0, wild)))
  // Of the folders of the system every program may be run, shells too: nothing in them adds to that.
  if (folder === '' || USUAL.test(folder)) return []
  const name = lastPart(path)
  if (wild === -1) return [{ path: folder, ...use, pattern: { start: '', end: '' } }]
  // What a pattern matches further down is not looked for: who may write to the first folder is told, and that is all.
  if (wild < path.length - name.length) return [{ path: folder, ...use }]
  const pattern = { start: name.slice(0, name.search(WILD)), end: /[^*?[\]\\]*$/.exec(name)![0] }
  return [{ path: folder, ...use, pattern }]
}

const USUAL = /^\/(?:usr(?:\/local)?\/)?s?bin$|^\/(?:usr|etc|lib|usr\/lib)$/

const plain = ({ pattern: _, ...use }: GrantedUse): PathUse => use

/** What lies in the folder of a rule and has a name that it takes. */
const matching = ({ pattern, ...use }: GrantedUse, found: FindResult): PathUse[] =>
  pattern === undefined || found.state !== 'found'
    ? []
    : found.entries.flatMap(({ path }) => {
        const name = lastPart(path)
        return folderOf(path) === use.path && name.startsWith(pattern.start) && name.endsWith(pattern.end)
          ? [{ ...use, path }]
          : []
      })
