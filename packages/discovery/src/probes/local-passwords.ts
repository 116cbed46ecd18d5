import type { Finding, FindingOf } from '@rollcall/contract'
import { MAX_NAME, reasonList } from '../formats/account-file.ts'
import { passwordField } from '../formats/crypt-hash.ts'
import { parseGroup, type GroupEntry } from '../formats/group.ts'
import { parseGshadow, type GshadowEntry } from '../formats/gshadow.ts'
import type { ParsedEntries } from '../formats/passwd.ts'
import { parseShadow, type ShadowEntry } from '../formats/shadow.ts'
import type { HostFile } from '../host.ts'
import { exampleFile, hostProbe, textOf, type KeyedDigest } from '../probe.ts'

const SHADOW = '/etc/shadow'
const GSHADOW = '/etc/gshadow'
const GROUP = '/etc/group'

const MAX_FACTS = 100_000

interface Gathered {
  readonly shadow?: HostFile | undefined
  readonly gshadow?: HostFile | undefined
  readonly group?: HostFile | undefined
}

export default hostProbe<Gathered>({
  id: 'local-passwords',
  title: 'State, strength and age of local passwords',
  needs: [
    {
      reads: SHADOW,
      right: 'root',
      hides: 'whether an account has a password, how strong its hash is, when it expires',
    },
    { reads: GSHADOW, right: 'root', hides: 'who may add members to a group, and which groups have a password' },
    { reads: GROUP, right: 'any-account', hides: 'the numbers of the groups in gshadow' },
  ],

  async gather(host) {
    const [[shadow], [gshadow]] = await Promise.all([host.read(SHADOW), host.read(GSHADOW)])
    // Asked only when it is needed: where both others are denied, reading it would make "denied" look like "partial".
    const [group] = gshadow?.state === 'read' || shadow?.state === 'read' ? await host.read(GROUP) : []
    return { shadow, gshadow, group }
  },

  parse({ shadow, gshadow, group }, { keyedDigest }) {
    const logins = parseShadow(textOf(shadow), SHADOW)
    const guarded = parseGshadow(textOf(gshadow), GSHADOW)
    const groups = parseGroup(textOf(group), GROUP)
    const overlong = reasonList(GSHADOW)
    const findings: Finding[] = []
    let unsaid = 0
    for (const fact of everyFact(logins, guarded, groups, keyedDigest, overlong)) {
      if (findings.length < MAX_FACTS) findings.push(fact)
      else unsaid++
    }
    return {
      findings,
      reasons: [
        ...logins.reasons,
        ...guarded.reasons,
        ...overlong.all(),
        ...(unsaid === 0 ? [] : [{ code: 'too-many' as const, path: GSHADOW, count: unsaid }]),
      ],
      notes: [...logins.notes, ...guarded.notes, ...compat(SHADOW, logins), ...compat(GSHADOW, guarded)],
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

function* everyFact(
  logins: ParsedEntries<ShadowEntry>,
  guarded: ParsedEntries<GshadowEntry>,
  groups: ParsedEntries<GroupEntry>,
  keyedDigest: KeyedDigest,
  overlong: ReturnType<typeof reasonList>,
): Generator<Finding> {
  for (const entry of logins.entries) yield loginPassword(entry, keyedDigest)
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
    place: { path: SHADOW, line },
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
