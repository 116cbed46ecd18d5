import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Grantee } from '@rollcall/contract'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parsePam } from './conf.ts'
import { passes, stackOf } from './stack.ts'
import { suRules, type SuAnswer } from './su.ts'

const COMMON: Readonly<Record<string, string>> = {
  'common-auth':
    'auth [success=1 default=ignore] pam_unix.so nullok nodelay\nauth requisite pam_deny.so\nauth required pam_permit.so\n',
  'common-account': 'account required pam_unix.so\n',
  inner: 'auth sufficient pam_wheel.so trust use_uid group=ops\nauth required pam_unix.so nodelay\n',
  gate: 'auth requisite pam_wheel.so use_uid\n',
}
const LIST = ['ann', 'eve']

const rulesOf = (su: string) => {
  const file = (name: string) => {
    const text = name === 'su' ? su : COMMON[name]
    return text === undefined ? undefined : parsePam(text, `/etc/pam.d/${name}`)
  }
  return suRules({ auth: stackOf('su', 'auth', file), account: stackOf('su', 'account', file) }, 'root', {
    wheel: { type: 'group', name: 'wheel' },
    hasGroup: (name) => name === 'ops',
    list: () => LIST,
    openPam: false,
  })
}

const PEOPLE = { ann: ['wheel'], bob: ['ops'], eve: ['wheel', 'ops'], ian: [] } as const
type Person = keyof typeof PEOPLE

const matches = ({ type, name }: Grantee, who: Person) =>
  type === 'user' ? name === who : type === 'group' && (PEOPLE[who] as readonly string[]).includes(name)

const answerFor = (su: string, who: Person): { answer: SuAnswer; emptyDoes: boolean } | undefined => {
  const told = rulesOf(su)
  if ('blame' in told) return undefined
  return told.rules.findLast(({ grantees }) => grantees === undefined || grantees.some((one) => matches(one, who)))
}

describe('what su takes of whom', () => {
  const su = (line: string) => `auth sufficient pam_rootok.so\n${line}\n@include common-auth\n@include common-account\n`
  test.each([
    ['', ['password', 'password', 'password', 'password']],
    ['auth sufficient pam_wheel.so trust', ['nothing', 'password', 'nothing', 'password']],
    ['auth required pam_wheel.so', ['password', 'never', 'password', 'never']],
    ['auth requisite pam_wheel.so group=ops', ['never', 'password', 'password', 'never']],
    ['auth required pam_wheel.so deny group=ops', ['password', 'never', 'never', 'password']],
    ['auth sufficient pam_permit.so', ['nothing', 'nothing', 'nothing', 'nothing']],
    ['auth sufficient pam_succeed_if.so use_uid user ingroup wheel', ['nothing', 'password', 'nothing', 'password']],
    ['auth sufficient pam_succeed_if.so user ingroup wheel', ['unknown', 'unknown', 'unknown', 'unknown']],
    ['auth [success=2 default=ignore] pam_succeed_if.so ruser = bob', ['password', 'nothing', 'password', 'password']],
    ['account required pam_succeed_if.so use_uid user notingroup ops', ['password', 'never', 'never', 'password']],
    // The password leads to the group, no password past it.
    [
      'auth [success=1 default=ignore] pam_unix.so\nauth sufficient pam_permit.so\nauth requisite pam_wheel.so',
      ['nothing', 'nothing', 'nothing', 'nothing'],
    ],
  ] as const)('with %s', (line, answers) => {
    expect(Object.keys(PEOPLE).map((who) => answerFor(su(line), who as Person)?.answer)).toEqual(answers)
  })

  test('two groups that matter both, one stronger than the other, are told in that order', () => {
    const text = su('auth requisite pam_wheel.so deny group=ops\nauth sufficient pam_wheel.so trust')
    expect(Object.keys(PEOPLE).map((who) => answerFor(text, who as Person)?.answer)).toEqual([
      'nothing',
      'never',
      'never',
      'password',
    ])
  })

  test('a number range of callers is no list, and the line is to blame', () => {
    expect(rulesOf(su('auth sufficient pam_succeed_if.so use_uid uid < 1000'))).toEqual({
      blame: [{ path: '/etc/pam.d/su', line: 2 }],
    })
  })
})

test('files that include each other end, and whatever the text there is an answer', () => {
  const file = (name: string) => parsePam(`auth include ${name}\nauth substack ${name}\n`, name)
  expect(stackOf('a', 'auth', file).reasons.length).toBeGreaterThan(0)
  const piece = fc.constantFrom(
    'auth ',
    'account ',
    'required ',
    '[success=',
    '1 ',
    'default=ignore] ',
    'pam_unix.so',
    '\n',
    '\\\n',
    '#',
    '[',
    ']',
  )
  fc.assert(
    fc.property(
      fc.array(piece).map((all) => all.join('')),
      (text) => {
        const lines = stackOf('su', 'auth', (name) => (name === 'su' ? parsePam(text, name) : undefined))
        expect(['yes', 'no', 'maybe']).toContain(passes(lines, () => ['success', 'auth_err', 'ignore']))
      },
    ),
  )
})

const able =
  process.getuid?.() === 0 &&
  spawnSync('unshare', ['-m', 'true']).status === 0 &&
  spawnSync('setpriv', ['--version']).status === 0 &&
  spawnSync('openssl', ['version']).status === 0
if (!able)
  console.warn('Skipped: comparing with su takes root, setpriv, openssl and the right to make a mount namespace')

const control = fc.constantFrom(
  'required',
  'requisite',
  'sufficient',
  'optional',
  '[success=done default=ignore]',
  '[success=1 default=ignore]',
  '[success=ok ignore=ignore default=die]',
  '[default=reset success=ok]',
  '[success=2 perm_denied=1 default=bad]',
)
const module = fc.constantFrom(
  'pam_wheel.so',
  'pam_wheel.so trust',
  'pam_wheel.so use_uid group=ops',
  'pam_wheel.so trust use_uid group=ops root_only',
  'pam_wheel.so deny group=ops',
  'pam_wheel.so deny trust group=ops',
  'pam_wheel.so group=nosuch',
  'pam_succeed_if.so quiet use_uid user ingroup wheel',
  'pam_succeed_if.so quiet ruser = bob',
  'pam_succeed_if.so quiet use_uid user notin ann:ian',
  'pam_succeed_if.so quiet uid eq 0',
  'pam_succeed_if.so quiet user != root',
  'pam_listfile.so item=ruser sense=allow file=/etc/security/su-list onerr=fail',
  'pam_listfile.so item=ruser sense=deny file=/etc/security/su-list onerr=fail',
  'pam_permit.so',
  'pam_deny.so',
  'pam_rootok.so',
  'pam_unix.so nodelay',
  'pam_env.so',
)
const line = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(control, module).map(([how, what]) => `auth ${how} ${what}`) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('auth substack inner', 'auth include inner', 'auth substack gate', '@include gate'),
  },
)
const last = fc.constantFrom('@include common-auth', '@include common-auth', 'auth substack common-auth', '')
const account = fc.constantFrom(
  '@include common-account',
  '@include common-account',
  'account required pam_wheel.so use_uid',
)
const stack = fc
  .tuple(fc.array(line, { minLength: 1, maxLength: 4 }), last, account)
  .map(([lines, end, rest]) => `${[...lines, end, rest].join('\n')}\n`)

const PASSWORD = 'right horse'

test.skipIf(!able)('su lets those through that we say, with and without the password, and where root has none', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pam-su-'))
  try {
    chmodSync(folder, 0o755)
    const cases = fc.sample(stack, 30)
    const results = askSu(folder, cases)
    let compared = 0
    for (const [index, text] of cases.entries())
      for (const who of Object.keys(PEOPLE) as Person[]) {
        const ours = answerFor(text, who)
        if (ours === undefined || ours.answer === 'unknown') continue
        compared++
        const through = results[index]![who]
        // Who gets through with nothing may well not with the password: it can lead to other lines.
        const said =
          ours.answer === 'nothing'
            ? { nothing: true }
            : { nothing: false, password: ours.answer === 'password', empty: ours.emptyDoes }
        expect(through, `${who} by\n${text}`).toMatchObject(said)
      }
    expect(compared).toBeGreaterThan(40)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

type Knows = 'nothing' | 'password' | 'empty'

/** Runs su in a mount namespace of its own, where its configuration and the account files are ours. */
const askSu = (folder: string, cases: readonly string[]): Record<Person, Record<Knows, boolean>>[] => {
  const hash = spawnSync('openssl', ['passwd', '-6', PASSWORD], { encoding: 'utf8' }).stdout.trim()
  const names = Object.keys(PEOPLE) as Person[]
  const file = (name: string, text: string, mode = 0o644) => {
    writeFileSync(join(folder, name), text)
    chmodSync(join(folder, name), mode)
  }
  file(
    'passwd',
    [
      'root:x:0:0::/:/bin/sh',
      ...names.map((name, index) => `${name}:x:${6001 + index}:${6001 + index}::/:/bin/sh`),
      '',
    ].join('\n'),
  )
  const members = (group: string) =>
    names.filter((name) => (PEOPLE[name] as readonly string[]).includes(group)).join(',')
  file(
    'group',
    `root:x:0:\nwheel:x:5000:${members('wheel')}\nops:x:5001:${members('ops')}\n${names.map((name, index) => `${name}:x:${6001 + index}:\n`).join('')}`,
  )
  const shadow = (field: string) =>
    ['root', ...names].map((name) => `${name}:${name === 'root' ? field : '*'}:20000:0:99999:7:::\n`).join('')
  file('shadow-full', shadow(hash), 0o600)
  file('shadow-empty', shadow(''), 0o600)
  file('shadow', '', 0o600)
  file('login.defs', 'FAIL_DELAY 0\n')
  file('su-list', `${LIST.join('\n')}\n`)
  mkdirSync(join(folder, 'pam.d'))
  for (const [name, text] of Object.entries({
    ...COMMON,
    other: 'auth required pam_deny.so\naccount required pam_deny.so\n',
  }))
    writeFileSync(join(folder, 'pam.d', name), text)
  for (const [index, text] of cases.entries())
    writeFileSync(join(folder, `case-${index}`), `${text}session required pam_permit.so\n`)
  const script = `set -e
mount --make-rprivate /
for file in passwd group shadow login.defs; do mount --bind "$1/$file" "/etc/$file"; done
mount --bind "$1/pam.d" /etc/pam.d
mount -t tmpfs none /etc/security
cp "$1/su-list" /etc/security/su-list
chmod 644 /etc/security/su-list
ask() {
  if [ "$(printf '%s\\n' "$4" | setpriv --reuid "$3" --regid "$3" --init-groups su root -c 'echo through' 2>/dev/null)" = through ]; then echo "$1 $2 $3 $5"; fi
}
index=0
while [ "$index" -lt "$2" ]; do
  cat "$1/case-$index" > "$1/pam.d/su"
  for uid in ${names.map((_, at) => 6001 + at).join(' ')}; do
    cat "$1/shadow-full" > "$1/shadow"
    ask @ "$index" "$uid" wrong nothing
    ask @ "$index" "$uid" '${PASSWORD}' password
    cat "$1/shadow-empty" > "$1/shadow"
    ask @ "$index" "$uid" '' empty
  done
  index=$((index + 1))
done`
  const { stdout, status, stderr } = spawnSync(
    'unshare',
    ['-m', 'sh', '-c', script, 'sh', folder, String(cases.length)],
    {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, LC_ALL: 'C' },
      cwd: '/',
    },
  )
  expect(status, stderr).toBe(0)
  const found = new Set(stdout.split('\n'))
  return cases.map((_, index) =>
    Object.fromEntries(
      names.map((name, at) => [
        name,
        Object.fromEntries(
          (['nothing', 'password', 'empty'] as const).map((knows) => [
            knows,
            found.has(`@ ${index} ${6001 + at} ${knows}`),
          ]),
        ),
      ]),
    ),
  ) as Record<Person, Record<Knows, boolean>>[]
}
