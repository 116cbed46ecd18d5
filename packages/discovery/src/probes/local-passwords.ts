import type { Finding, FindingOf } from '@rollcall/contract'
import { MAX_NAME, reasonList, type ParsedEntries } from '../formats/accounts/account-file.ts'
import {
  AIX_GROUP,
  AIX_PASSWD,
  AIX_USER,
  aixGroupAdministrators,
  aixPasswords,
} from '../formats/accounts/aix-security.ts'
import { hashInField, passwordField } from '../formats/accounts/crypt-hash.ts'
import { groupsOf, type GroupEntry } from '../formats/accounts/group.ts'
import { parseGshadow, type GshadowEntry } from '../formats/accounts/gshadow.ts'
import { parseMasterPasswd, type MasterPasswdEntry } from '../formats/accounts/master-passwd.ts'
import { parseShadow, type ShadowEntry } from '../formats/accounts/shadow.ts'
import type { HostFile } from '../host.ts'
import { exampleFile, hostProbe, textOf, type KeyedDigest } from '../probe.ts'
import type { OfferHash } from '../stored-hash.ts'

const SHADOW = '/etc/shadow'
const GSHADOW = '/etc/gshadow'
const GROUP = '/etc/group'

/** Where further services of nsswitch.conf(5) keep theirs: usrfiles of SUSE, extrausers of Ubuntu Core. */
const FURTHER_SHADOWS = ['/usr/etc/shadow', '/var/lib/extrausers/shadow'] as const
const MASTER = '/etc/master.passwd'

const MAX_FACTS = 100_000

interface Gathered {
  readonly shadow?: HostFile | undefined
  readonly gshadow?: HostFile | undefined
  readonly group?: HostFile | undefined
  readonly further?: readonly HostFile[] | undefined
  /** Of the BSDs. */
  readonly master?: HostFile | undefined
  readonly aix?: { readonly passwd?: HostFile; readonly user?: HostFile; readonly group?: HostFile } | undefined
}

export default hostProbe<Gathered>({
  id: 'local-passwords',
  title: 'State, strength and age of local passwords',
  needs: [
    {
      reads: SHADOW,
      right: 'root',
      hides: 'whether an account has a password, how strong its hash is, when it expires',
      grants: { read: [SHADOW] },
    },
    {
      reads: GSHADOW,
      right: 'root',
      hides: 'who may add members to a group, and which groups have a password',
      grants: { read: [GSHADOW] },
    },
    { reads: GROUP, right: 'any-account', hides: 'the numbers of the groups in gshadow' },
    {
      reads: `${FURTHER_SHADOWS.join(', ')} of other name services; ${MASTER} of the BSDs; ${AIX_PASSWD}, ${AIX_USER} and ${AIX_GROUP} of AIX`,
      right: 'root',
      hides: 'the same on those systems',
      grants: { read: [...FURTHER_SHADOWS, MASTER, AIX_PASSWD, AIX_USER, AIX_GROUP] },
    },
  ],

  async gather(host) {
    const [[shadow], [gshadow], [group], further, [master], [passwd, user, groups]] = await Promise.all([
      host.read(SHADOW),
      host.read(GSHADOW),
      host.read(GROUP),
      host.read(...FURTHER_SHADOWS),
      host.read(MASTER),
      host.read(AIX_PASSWD, AIX_USER, AIX_GROUP),
    ])
    const aix = {
      ...(passwd === undefined ? {} : { passwd }),
      ...(user === undefined ? {} : { user }),
      ...(groups === undefined ? {} : { group: groups }),
    }
    const gathered: Gathered = { shadow, gshadow, group, further, master, aix }
    if (host.offerHash !== undefined) offerHashes(gathered, host.offerHash)
    return gathered
  },

  parse({ shadow, gshadow, group, further = [], master, aix = {} }, { keyedDigest }) {
    const logins = parseShadow(textOf(shadow), SHADOW)
    const guarded = parseGshadow(textOf(gshadow), GSHADOW)
    const groups = groupsOf(group)
    const overlong = reasonList(GSHADOW)
    const findings: Finding[] = []
    let unsaid = 0
    const elsewhere = further.map((file) => ({ path: file.path, entries: parseShadow(textOf(file), file.path) }))
    const masters = parseMasterPasswd(textOf(master), MASTER)
    for (const fact of chained(
      everyFact(logins, guarded, groups, keyedDigest, overlong),
      furtherFacts(elsewhere, logins, keyedDigest),
      masterFacts(masters, keyedDigest),
      aixPasswords(textOf(aix.passwd), textOf(aix.user), keyedDigest),
      aixAdministrators(textOf(aix.group), groups),
    )) {
      if (findings.length < MAX_FACTS) findings.push(fact)
      else unsaid++
    }
    return {
      findings,
      reasons: [
        ...logins.reasons,
        ...guarded.reasons,
        ...elsewhere.flatMap(({ entries }) => entries.reasons),
        ...masters.reasons,
        ...overlong.all(),
        ...(unsaid === 0 ? [] : [{ code: 'too-many' as const, path: GSHADOW, count: unsaid }]),
      ],
      notes: [
        ...logins.notes,
        ...guarded.notes,
        ...elsewhere.flatMap(({ entries }) => entries.notes),
        ...masters.notes,
        ...compat(SHADOW, logins),
        ...compat(GSHADOW, guarded),
        ...compat(MASTER, masters),
      ],
      // The groups of the host are no part of what this is about.
      nothingRead: ![shadow, gshadow, master, aix.passwd, ...further].some((file) => file?.state === 'read'),
    }
  },

  examples: [
    {
      title:
        'A password with its age, as Debian 12 sets it; equal digests mean that one hash was copied to several hosts',
      context: { keyedDigest: (hash) => `keyed-digest-of-${hash.length}-characters` },
      gathered: {
        shadow: exampleFile(
          SHADOW,
          'alice:$y$j9T$Vx1YQ4o6b1TqUpeuvFl8m.$8cyNbPjAJsnrNRjYj3rdkIBLPNz0DnQMzFKPKv6yWt2:20513:0:99999:7:::\n',
        ),
      },
      finds: [
        {
          kind: 'credential',
          class: 'login-password',
          account: 'alice',
          state: 'usable',
          scheme: 'yescrypt',
          strength: 'strong',
          cost: 'N=4096 r=32',
          digest: 'keyed-digest-of-73-characters',
          changed: '2026-03-01',
          minimumDays: 0,
          maximumDays: 99_999,
          warningDays: 7,
          place: { path: SHADOW, line: 1 },
        },
      ],
    },
    {
      title: 'No password can match, and none is needed: two very different things',
      gathered: {
        shadow: exampleFile(SHADOW, 'daemon:*:19738:0:99999:7:::\nkiosk::19738::::::\nsshd:!:19738::::::\n'),
      },
      finds: [
        {
          kind: 'credential',
          class: 'login-password',
          account: 'daemon',
          state: 'none',
          changed: '2024-01-16',
          minimumDays: 0,
          maximumDays: 99_999,
          warningDays: 7,
          place: { path: SHADOW, line: 1 },
        },
        {
          kind: 'credential',
          class: 'login-password',
          account: 'kiosk',
          state: 'empty',
          changed: '2024-01-16',
          place: { path: SHADOW, line: 2 },
        },
        {
          kind: 'credential',
          class: 'login-password',
          account: 'sshd',
          state: 'none',
          changed: '2024-01-16',
          place: { path: SHADOW, line: 3 },
        },
      ],
    },
    {
      title: 'A lock keeps the hash: unlocking brings a weak password back',
      context: { keyedDigest: () => undefined },
      gathered: { shadow: exampleFile(SHADOW, 'carol:!$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/:0:0:90:7:30:20818:\n') },
      finds: [
        {
          kind: 'credential',
          class: 'login-password',
          account: 'carol',
          state: 'locked',
          scheme: 'md5crypt',
          strength: 'weak',
          changed: 'must-change',
          minimumDays: 0,
          maximumDays: 90,
          warningDays: 7,
          inactiveDays: 30,
          accountExpires: '2026-12-31',
          place: { path: SHADOW, line: 1 },
        },
      ],
    },
    {
      title: 'A group password, and a member who may add others',
      context: { keyedDigest: () => undefined },
      gathered: {
        gshadow: exampleFile(
          GSHADOW,
          'docker:!:alice:\nstaff:$6$rounds=1000$saltsalt$9YbPyuQZFr4JQlQzhAwl6jHjhLxAf1aQpBYSXvL0z3S9YbPyuQZFr4JQlQzhAwl6jHjhLxAf1aQpBYSXvL0z3S::bob\n',
        ),
        group: exampleFile(GROUP, 'docker:x:998:\nstaff:x:50:bob\n'),
      },
      finds: [
        {
          kind: 'membership',
          account: 'alice',
          group: 'docker',
          gid: 998,
          role: 'administrator',
          place: { path: GSHADOW, line: 1 },
        },
        {
          kind: 'credential',
          class: 'group-password',
          account: 'staff',
          state: 'usable',
          scheme: 'sha512crypt',
          strength: 'weak',
          cost: 'rounds=1000',
          place: { path: GSHADOW, line: 2 },
        },
      ],
    },
    {
      title: 'AIX keeps passwords and aging in stanzas; those of "default" hold for who has none of their own',
      context: { keyedDigest: () => undefined },
      gathered: {
        aix: {
          passwd: exampleFile(
            AIX_PASSWD,
            'root:\n\tpassword = {ssha256}06$saltsaltsaltsalt$hashhashhashhash\n\tlastupdate = 1772323200\n\tflags = \n\ndaemon:\n\tpassword = *\n\noper:\n\tpassword = abMxPz5DAYmsc\n\tlastupdate = 1772323200\n\tflags = ADMCHG\n',
          ),
          user: exampleFile(
            AIX_USER,
            'default:\n\tmaxage = 13\n\tpwdwarntime = 5\n\texpires = 0\n\noper:\n\taccount_locked = true\n\tmaxage = 0\n\texpires = 0101000027\n',
          ),
        },
      },
      finds: [
        {
          kind: 'credential',
          class: 'login-password',
          account: 'root',
          state: 'usable',
          scheme: 'aix-ssha',
          strength: 'weak',
          cost: 'rounds=64',
          changed: '2026-03-01',
          maximumDays: 91,
          warningDays: 5,
          place: { path: AIX_PASSWD },
        },
        {
          kind: 'credential',
          class: 'login-password',
          account: 'daemon',
          state: 'none',
          maximumDays: 91,
          warningDays: 5,
          place: { path: AIX_PASSWD },
        },
        {
          kind: 'credential',
          class: 'login-password',
          account: 'oper',
          state: 'locked',
          scheme: 'descrypt',
          strength: 'weak',
          changed: 'must-change',
          warningDays: 5,
          accountExpires: '2027-01-01',
          place: { path: AIX_PASSWD },
        },
      ],
    },
    {
      title: 'The BSDs keep passwords in master.passwd, locked by pw(8) with a word of its own',
      context: { keyedDigest: () => undefined },
      gathered: {
        master: exampleFile(
          MASTER,
          '# $FreeBSD$\nroot:$6$saltsalt$hash:0:0::0:0:Charlie &:/root:/bin/sh\nold:*LOCKED*$2b$10$saltsaltsaltsalt:1001:1001::0:1798675200:Old:/home/old:/bin/sh\n',
        ),
      },
      finds: [
        {
          kind: 'credential',
          class: 'login-password',
          account: 'root',
          state: 'usable',
          scheme: 'sha512crypt',
          strength: 'acceptable',
          cost: 'rounds=5000',
          place: { path: MASTER, line: 2 },
        },
        {
          kind: 'credential',
          class: 'login-password',
          account: 'old',
          state: 'locked',
          scheme: 'bcrypt',
          strength: 'acceptable',
          cost: 'cost=10',
          accountExpires: '2026-12-31',
          place: { path: MASTER, line: 3 },
        },
      ],
    },
    {
      title: 'Lines that the host itself ignores are noted, and no more',
      gathered: { shadow: exampleFile(SHADOW, 'broken:x\nworse:*:soon:0:99999:7:::\n') },
      finds: [],
      notes: [
        { code: 'unparsable', path: SHADOW, line: 1, detail: 'neither nine fields nor five' },
        { code: 'unparsable', path: SHADOW, line: 2, detail: 'a field of days is not a number' },
      ],
    },
  ],
})

/** Those of /etc/shadow and its like; AIX has schemes of its own. */
const offerHashes = ({ shadow, gshadow, further = [], master }: Gathered, offerHash: OfferHash) => {
  for (const { name, password } of [
    ...[shadow, ...further].flatMap((file) => parseShadow(textOf(file), SHADOW).entries),
    ...parseGshadow(textOf(gshadow), GSHADOW).entries,
    ...parseMasterPasswd(textOf(master), MASTER).entries,
  ]) {
    const hash = hashInField(password)
    const { scheme } = passwordField(password)
    if (hash !== undefined)
      offerHash({ reveal: () => hash, account: name, ...(scheme === undefined ? {} : { scheme }) })
  }
}

function* everyFact(
  logins: ParsedEntries<ShadowEntry>,
  guarded: ParsedEntries<GshadowEntry>,
  groups: ParsedEntries<GroupEntry>,
  keyedDigest: KeyedDigest,
  overlong: ReturnType<typeof reasonList>,
): Generator<Finding> {
  for (const entry of logins.entries) yield loginPassword(entry, SHADOW, keyedDigest)
  const numbers = new Map(groups.entries.toReversed().map(({ name, gid }) => [name, gid]))
  for (const { name: group, password, administrators, line } of guarded.entries) {
    const gid = numbers.get(group)
    // newgrp(1) and sg(1) look a group up in group(5) first: without an entry there its gshadow line does nothing.
    if (gid === undefined) continue
    const place = { path: GSHADOW, line }
    const field = passwordField(password, keyedDigest)
    // An empty or impossible field is the ordinary case, and means that only members get in.
    if (field.state === 'usable' || field.state === 'locked') {
      yield { kind: 'credential', class: 'group-password', account: group, ...field, place }
    }
    yield* administratorsOf(group, gid, administrators(), place, overlong)
  }
}

function* administratorsOf(
  group: string,
  gid: number,
  names: Iterable<string>,
  place: { path: string; line: number },
  overlong: ReturnType<typeof reasonList>,
): Generator<Finding> {
  const told = new Set<string>()
  for (const account of names) {
    if (told.has(account)) continue
    told.add(account)
    if (account.length > MAX_NAME) {
      overlong.add({
        code: 'too-large',
        line: place.line,
        detail: `an administrator's name of more than ${MAX_NAME} characters`,
      })
      continue
    }
    yield { kind: 'membership', account, group, gid, role: 'administrator', place }
  }
}

const loginPassword = (
  { name, password, changed, minimum, maximum, warning, inactive, expires, line }: ShadowEntry,
  path: string,
  keyedDigest: KeyedDigest,
): FindingOf<'credential'> => {
  const [changedOn, expiresOn] = [changed === 0 ? 'must-change' : day(changed), day(expires)]
  return {
    kind: 'credential',
    class: 'login-password',
    account: name,
    ...passwordField(password, keyedDigest),
    ...(changedOn === undefined ? {} : { changed: changedOn }),
    ...(minimum === undefined ? {} : { minimumDays: minimum }),
    ...(maximum === undefined ? {} : { maximumDays: maximum }),
    ...(warning === undefined ? {} : { warningDays: warning }),
    ...(inactive === undefined ? {} : { inactiveDays: inactive }),
    ...(expiresOn === undefined ? {} : { accountExpires: expiresOn }),
    place: { path, line },
  }
}

function* chained(...parts: readonly Iterable<Finding>[]): Generator<Finding> {
  for (const part of parts) yield* part
}

/** What /etc/shadow has an entry for, no other service is asked about. */
function* furtherFacts(
  files: readonly { path: string; entries: ParsedEntries<ShadowEntry> }[],
  first: ParsedEntries<ShadowEntry>,
  keyedDigest: KeyedDigest,
): Generator<Finding> {
  const told = new Set(first.entries.map(({ name }) => name))
  for (const { path, entries } of files) {
    for (const entry of entries.entries) if (!told.has(entry.name)) yield loginPassword(entry, path, keyedDigest)
    for (const { name } of entries.entries) told.add(name)
  }
}

/** The day by which a password has to be changed is not that on which it was, and is left out. */
function* masterFacts({ entries }: ParsedEntries<MasterPasswdEntry>, keyedDigest: KeyedDigest): Generator<Finding> {
  for (const { name, password, expires, line } of entries) {
    const expiresOn = expires === undefined ? undefined : day(Math.floor(expires / (DAY / 1000)))
    yield {
      kind: 'credential',
      class: 'login-password',
      account: name,
      ...passwordField(password, keyedDigest),
      ...(expiresOn === undefined ? {} : { accountExpires: expiresOn }),
      place: { path: MASTER, line },
    }
  }
}

function* aixAdministrators(text: string, groups: ParsedEntries<GroupEntry>): Generator<Finding> {
  const numbers = new Map(groups.entries.toReversed().map(({ name, gid }) => [name, gid]))
  for (const { group, administrators } of aixGroupAdministrators(text)) {
    const gid = numbers.get(group)
    if (gid === undefined) continue
    for (const account of administrators)
      yield { kind: 'membership', account, group, gid, role: 'administrator', place: { path: AIX_GROUP } }
  }
}

const DAY = 86_400_000
/** 9999-12-31: a date beyond it is no date that anybody meant. */
const LAST_DAY = 2_932_896

/** Days since 1970 as a date. */
const day = (days: number | undefined) =>
  days === undefined || days > LAST_DAY ? undefined : new Date(days * DAY).toISOString().slice(0, 10)

const compat = (path: string, { compatLines }: { compatLines: readonly number[] }) => {
  const list = reasonList(path)
  for (const line of compatLines) list.add({ code: 'unsupported', line, detail: 'an entry of NIS compatibility' })
  return list.all()
}
