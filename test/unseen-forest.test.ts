import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Finding, FindingOf } from '@rollcall/contract'
import { lookAt, simple, type Look } from './lab/directories/look-at.ts'
import { SAMBA_BASE as BASE, sambaLacks, startSamba, type SambaLab, type SambaStep } from './lab/directories/samba.ts'

/* A domain that nobody tuned anything for: what may be written in it by whom, as the findings say it and as Samba itself works it out. */

const skipped = sambaLacks()

/** Names as people and programs give them: signs that DNs escape, several scripts, from right to left, decomposed, and as long as they may be. */
const NAMES = [
  'plain',
  'Straße & Söhne',
  'a, b',
  'plus+minus',
  'hash # "quoted"',
  'semi;colon <x>',
  'שלום עולם',
  'مرحبا بالعالم',
  'e\u0301te\u0301 décomposé',
  '日本語の名前',
  'Ω\u200fmega\u200e',
  '🗝 keys',
  'trailing.dot.',
  'equals=sign',
  'x'.repeat(64),
  '长'.repeat(60),
]

const escaped = (name: string) => name.replaceAll(/[,+"\\<>;=#]/g, '\\$&').replaceAll(/^ | $/g, '\\$&')
const base64 = (text: string) => Buffer.from(text).toString('base64')
const dnOf = (name: string, ou: string) => `CN=${escaped(name)},${ou}`
const add = (dn: string, lines: readonly string[]) => `dn:: ${base64(dn)}\nchangetype: add\n${lines.join('\n')}\n\n`

const OUS = [
  `OU=${escaped('One, of two')},${BASE}`,
  `OU=Ünder,OU=${escaped('One, of two')},${BASE}`,
  `OU=עברית,${BASE}`,
  `OU=deep,OU=deeper,OU=deepest,${BASE}`,
]
const PARENTS = [`OU=deepest,${BASE}`, `OU=deeper,OU=deepest,${BASE}`]
const ouOf = (nth: number) => OUS[nth % OUS.length]!

const users = NAMES.map((name, nth) => ({ dn: dnOf(name, ouOf(nth)), login: `user-${nth}` }))
const groups = NAMES.map((name, nth) => ({ dn: dnOf(`${name.slice(0, 50)} g`, ouOf(nth + 1)), login: `group-${nth}` }))

const MEMBER = 'bf9679c0-0de6-11d0-a285-00aa003049e2'
const SPN = 'f3a64788-5306-11d1-a9c5-0000f80367c1'
const LINK = 'f30e3bbe-9ff0-11d1-b603-0000f80367c1'
const PERSON = 'bf967aba-0de6-11d0-a285-00aa003049e2'
const GROUP = 'bf967a9c-0de6-11d0-a285-00aa003049e2'

const trustee = fc.oneof(
  fc.constantFrom(...users, ...groups).map(({ login }) => `{SID:${login}}`),
  // Everybody who logs in, the entry itself, an account that was deleted, somebody of elsewhere.
  fc.constantFrom('AU', 'PS', 'S-1-5-21-1004336348-1177238915-682003330-9999', 'S-1-5-21-7-7-7-1105'),
)
/** One entry of a list: given or denied, about all or one thing, for the entry or for what lies below it. */
const ace = fc
  .record({
    deny: fc.boolean(),
    flags: fc.constantFrom('', '', 'CI', 'CIIO', 'CINP'),
    what: fc.constantFrom(
      ['WD', ''],
      ['WO', ''],
      ['WP', ''],
      ['WP', MEMBER],
      ['WP', SPN],
      ['WP', LINK],
      ['CCDCLCSWRPWPDTLOCRSDRCWDWO', ''],
      ['RC', ''],
    ),
    below: fc.constantFrom('', '', PERSON, GROUP),
    trustee,
  })
  .map(({ deny, flags, what: [rights, object], below, trustee: sid }) => {
    const objects = object !== '' || (below !== '' && flags !== '')
    return `(${objects ? 'O' : ''}${deny ? 'D' : 'A'};${flags};${rights};${object};${objects && flags !== '' ? below : ''};${sid})`
  })

const [SEED, LISTED] = [20_261_122, 60]
const sample = <T>(of: fc.Arbitrary<T>, count: number) => fc.sample(of, { numRuns: count, seed: SEED })
const places = [...users.map(({ dn }) => dn), ...groups.map(({ dn }) => dn), ...OUS]

/** Groups within groups, in circles too, over the borders of OUs. */
const nesting = sample(fc.tuple(fc.nat(groups.length - 1), fc.nat(groups.length + users.length - 1)), 40)
const members = new Map<string, Set<string>>()
for (const [into, who] of nesting) {
  const group = groups[into]!
  const one = [...groups, ...users][who]!
  if (one !== group) members.set(group.dn, (members.get(group.dn) ?? new Set()).add(one.dn))
}

const STEPS: readonly SambaStep[] = [
  {
    ldif: [
      ...[...PARENTS, ...OUS].map((dn) => add(dn, ['objectClass: organizationalUnit'])),
      ...users.map(({ dn, login }) =>
        add(dn, [
          'objectClass: user',
          `sAMAccountName: ${login}`,
          'userAccountControl: 512',
          `clearTextPassword:: ${Buffer.from(`${login}-Pass-of-the-lab1`, 'utf16le').toString('base64')}`,
          `displayName:: ${base64(`\u202e${dn.slice(3, 40)}`)}`,
        ]),
      ),
      ...groups.map(({ dn, login }) =>
        add(dn, ['objectClass: group', `sAMAccountName: ${login}`, 'groupType: -2147483640']),
      ),
      ...Array.from(
        members,
        ([dn, all]) =>
          `dn:: ${base64(dn)}\nchangetype: modify\nadd: member\n${[...all].map((one) => `member:: ${base64(one)}`).join('\n')}\n\n`,
      ),
    ].join(''),
  },
  { aces: sample(fc.tuple(fc.constantFrom(...places), ace), LISTED) },
]

/** What rights let somebody write, in the words of Samba: attributes, the `list`, the `owner`. */
const WRITES: Readonly<Record<string, readonly string[]>> = {
  owns: ['list'],
  'full-control': ['list', 'owner', 'member', 'servicePrincipalName', 'gPLink'],
  'write-dacl': ['list'],
  'write-owner': ['owner'],
  'write-all': ['member', 'servicePrincipalName', 'gPLink'],
  'add-member': ['member'],
  'write-spn': ['servicePrincipalName'],
  'write-policy-links': ['gPLink'],
}

describe.skipIf(skipped !== undefined)(
  `an unseen domain${skipped === undefined ? '' : ` (skipped: ${skipped})`}`,
  () => {
    let lab: SambaLab
    let look: Look
    beforeAll(async () => {
      if (skipped !== undefined) return
      lab = await startSamba(STEPS)
      const { name, password } = lab.administrator
      look = await lookAt({ address: lab.address, port: 636, authority: lab.authority }, simple(name, password))
    }, 180_000)
    afterAll(async () => {
      await lab?.[Symbol.asyncDispose]()
    })

    const of = <K extends Finding['kind']>(kind: K) =>
      look.findings.filter((one): one is FindingOf<K> & { probe: string } => one.kind === kind)

    test('every account and group is told by the name that it has, and where it lies', () => {
      const told = new Map(
        [...of('directory-account'), ...of('directory-group')].map(({ name, place }) => [
          name,
          place.path.toLowerCase(),
        ]),
      )
      expect([...users, ...groups].filter(({ login }) => !told.has(login)).map(({ login }) => login)).toEqual([])
    })

    test('who may write what is what Samba works out for each account', { timeout: 90_000 }, () => {
      const sids = new Map(
        [...of('directory-account'), ...of('directory-group')].map(({ object, sid = '' }) => [object, sid]),
      )
      const into = Map.groupBy(of('directory-member'), ({ memberObject }) => memberObject ?? '')
      const all = new Map(of('directory-account').map((one) => [one.name, one]))
      const asked = users.filter((_, nth) => nth % 3 === 0)
      const samba = lab.effective(
        asked.map(({ dn }) => dn),
        ['member', 'servicePrincipalName', 'gPLink'],
      )
      const seeded = new Set(places.map((dn) => dn.toLowerCase()))
      const wrong: string[] = []
      for (const { dn, login } of asked) {
        const own = all.get(login)!
        const has = new Set(['S-1-5-11', 'S-1-1-0', own.sid])
        for (const waiting = [own.object]; waiting.length > 0;)
          for (const { object } of into.get(waiting.pop()!) ?? [])
            if (!has.has(sids.get(object))) {
              has.add(sids.get(object))
              waiting.push(object)
            }
        const told = new Map<string, Set<string>>()
        // Told once for a container and all of some kinds in it: which of them, the finding does not say.
        const perhaps = new Set<string>()
        for (const { right, trustee, object, place, below } of of('directory-right')) {
          if (!has.has(trustee) && !(trustee === 'S-1-5-10' && (object === own.object || below !== undefined))) continue
          if (below !== undefined) {
            for (const one of WRITES[right] ?? []) perhaps.add(`${one} ${place.path.toLowerCase()}`)
            continue
          }
          const at = place.path.toLowerCase()
          const may = told.get(at) ?? new Set()
          for (const one of WRITES[right] ?? []) may.add(one)
          told.set(at, may)
        }
        const theirs = samba[dn.toLowerCase()] ?? {}
        for (const at of seeded) {
          const kind = at.startsWith('ou=') ? 'gPLink' : / g,/.test(at) ? 'member' : 'servicePrincipalName'
          for (const one of ['list', 'owner', kind]) {
            const [here, there] = [told.get(at)?.has(one) ?? false, theirs[at]?.includes(one) ?? false]
            const covered =
              there &&
              [...perhaps].some((right) => at.endsWith(right.slice(one.length + 1)) && right.startsWith(`${one} `))
            if (here !== there && !covered) wrong.push(`${login} ${one} of ${at}: ${here ? 'told' : 'not told'}`)
          }
        }
      }
      expect(wrong).toEqual([])
    })

    test('members are those that were put in, however deep and in circles', () => {
      const told = new Set(of('directory-member').map(({ group, memberName }) => `${memberName} in ${group}`))
      const lacking: string[] = []
      const nameOf = new Map([...users, ...groups].map(({ dn, login }) => [dn, login]))
      for (const [dn, all] of members)
        for (const one of all)
          if (!told.has(`${nameOf.get(one)} in ${nameOf.get(dn)}`))
            lacking.push(`${nameOf.get(one)} in ${nameOf.get(dn)}`)
      expect(lacking).toEqual([])
    })
  },
)
