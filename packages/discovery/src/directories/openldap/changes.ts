import type { DirectoryGathering } from '../../directory-make.ts'
import type { DirectoryEntry, SearchRequest } from '../../directory.ts'
import { BELOW, WALKS, type ChangeGatherer } from '../../formats/ldap/changed-entries.ts'
import type { ChangeSource, Followed } from '../../formats/ldap/changes-since.ts'
import {
  cookieChanges,
  serverOf,
  SYNC_REQUEST,
  syncEnd,
  syncRequest,
  syncState,
  type SyncEnd,
} from '../../formats/ldap/content-sync.ts'
import { isWithinDn, normalDn } from '../../formats/ldap/dn.ts'
import type { KnownEntries } from '../../formats/ldap/known-entries.ts'
import type { LdapLook } from '../../formats/ldap/look.ts'
import { IDS } from './ids.ts'

const MOST_STRANGERS = 200

/** What changed as the server tells it (RFC 4533, which takes the overlay syncprov). */
export class OpenLdapChanges implements ChangeSource {
  readonly ids = IDS
  readonly stamp = 'entrycsn'
  readonly #gathering: DirectoryGathering
  readonly #suffixes: readonly string[]

  constructor(gathering: DirectoryGathering, suffixes: readonly string[]) {
    this.#gathering = gathering
    this.#suffixes = suffixes
  }

  readonly stampOf = (csn: string): { server: string; at: string } | undefined => {
    const server = serverOf(csn)
    return server === undefined ? undefined : { server, at: csn }
  }

  readonly started = (): Promise<string | undefined> => readStart(this.#gathering)

  readonly from = async (): Promise<string | undefined> => {
    const cookies: string[] = []
    for (const base of this.#suffixes) {
      const request = { base, scope: 'base', filter: '(objectClass=*)', attributes: ['1.1'] } as const
      const cookie = (await this.#sync(request, undefined))?.cookie
      if (cookie === undefined || cookie.includes('\n') || cookieChanges(cookie).size === 0) return undefined
      cookies.push(cookie)
    }
    return cookies.join('\n')
  }

  readonly follow = async (look: LdapLook, gatherer: ChangeGatherer, from: string): Promise<Followed> => {
    const cookies = from.split('\n')
    const next: string[] = []
    for (const [index, base] of this.#suffixes.entries()) {
      const cookie = await this.#followBelow(look, gatherer, base, cookies[index] ?? '')
      if (typeof cookie === 'object') return cookie
      next.push(cookie)
    }
    return { from: next.join('\n') }
  }

  async #sync(
    request: Pick<SearchRequest, 'base' | 'scope' | 'filter' | 'attributes'>,
    cookie: string | undefined,
    take: (entry: DirectoryEntry, state: ReturnType<typeof syncState>) => void = () => {},
  ): Promise<SyncEnd | undefined> {
    const controls = [{ oid: SYNC_REQUEST, critical: true, value: syncRequest(cookie) }] as const
    const end = await this.#gathering.search([], { ...request, controls, pageSize: 0 }, (entries) => {
      for (const entry of entries) take(entry, syncState(entry.controls))
    })
    return end.reason === undefined ? syncEnd(end.controls, end.intermediate) : undefined
  }

  /** Follows the changes below a suffix; gives the cookie for the next time. */
  async #followBelow(
    look: LdapLook,
    gatherer: ChangeGatherer,
    base: string,
    cookie: string,
  ): Promise<string | { because: string }> {
    let next: string | undefined
    for (const walk of WALKS) {
      const request = look.requestOf(walk)
      if (request === undefined) continue
      const told = new Set<string>()
      const [present, gone]: [string[], string[]] = [[], []]
      let stateless = false
      const attributes = [...request.attributes, BELOW]
      const end = await this.#sync({ ...request, attributes, base, scope: 'sub' }, cookie, (entry, state) => {
        if (state === undefined) stateless = true
        else if (state.state === 'delete') gone.push(state.uuid)
        else if (state.state === 'present') present.push(state.uuid)
        else {
          told.add(state.uuid)
          gatherer.changed(walk, entry)
        }
      })
      if (gatherer.tooMany) break
      if (end === undefined || stateless) return { because: 'the server does not tell what changed' }
      // What changes while one kind is asked for after the other is told again the next time.
      next ??= end.cookie ?? cookie
      if (end.cookie !== undefined && !isContinued(cookie, end.cookie))
        return { because: 'the server was restored, or changes come from another one' }
      for (const object of [...gone, ...end.deleted]) if (!told.has(object)) gatherer.gone(walk, object)
      if (end.present === undefined) continue
      const there = new Set([...told, ...present, ...end.present])
      const strangers: string[] = []
      for (const object of there) if (!told.has(object) && gatherer.known.walks(object) === 0) strangers.push(object)
      if (await this.#areVisible(strangers, base, request.filter)) return { because: 'entries came back' }
      for (const object of gatherer.known.objects(walk))
        if (!there.has(object) && this.#lies(gatherer.known, object, base)) gatherer.gone(walk, object)
    }
    return next ?? cookie
  }

  #lies(known: KnownEntries, object: string, base: string): boolean {
    return this.#suffixes.length === 1 || isWithinDn(known.get(object)?.dn ?? '', normalDn(base))
  }

  /** Entries that are said not to have changed and were never seen: such as are no more than a referral to elsewhere, or those of a backup. */
  async #areVisible(objects: readonly string[], base: string, filter: string): Promise<boolean> {
    if (objects.length === 0) return false
    if (objects.length > MOST_STRANGERS) return true
    const named = objects.map((object) => `(entryUUID=${object})`).join('')
    const { entries, reason } = await this.#gathering.search(
      [],
      { base, scope: 'sub', filter: `(&${filter}(|${named}))`, attributes: ['1.1'], pageSize: 0 },
      () => {},
    )
    return entries > 0 || reason !== undefined
  }
}

/** Whether no server went back behind what it told, and none tells that did not before. */
const isContinued = (cookie: string, next: string): boolean => {
  const [before, now] = [cookieChanges(cookie), cookieChanges(next)]
  return now.size === before.size && [...now].every(([server, csn]) => csn >= (before.get(server) ?? '~'))
}

/** When the server was started; undefined where it may not be known. */
const readStart = async (gathering: DirectoryGathering): Promise<string | undefined> => {
  const base = gathering.directory.root.text('monitorcontext')
  if (base === undefined) return undefined
  let started: string | undefined
  await gathering.search(
    [],
    {
      base: `cn=Start,cn=Time,${base}`,
      scope: 'base',
      filter: '(objectClass=*)',
      attributes: ['monitortimestamp'],
      pageSize: 0,
    },
    ([entry]) => {
      started = entry?.text('monitortimestamp')
    },
  )
  return started
}
