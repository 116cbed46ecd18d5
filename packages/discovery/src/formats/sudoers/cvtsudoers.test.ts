import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expansion } from './expansion.ts'
import { parseSudoers } from './grammar.ts'
import { generalizedTime, timeoutSeconds } from './options.ts'
import { readPolicy } from './policy.ts'
import type { Alias, CommandMember, CommandSpec, HostMember, Member, UserSpec } from './syntax.ts'

// Random sudoers files that sudo accepts.

const blank = fc.constantFrom('', '', ' ', '\t', '  ', ' \\\n ')
const space = fc.constantFrom(' ', '\t', '  ', ' \\\n  ')
const comma = fc.tuple(blank, blank).map(([before, after]) => `${before},${after}`)
const list = (item: fc.Arbitrary<string>, most = 4) =>
  fc
    .tuple(item, fc.array(fc.tuple(comma, item), { maxLength: most - 1 }))
    .map(([first, rest]) => first + rest.map((pair) => pair.join('')).join(''))
const negation = fc.constantFrom('', '', '', '', '!', '!!', '! ')
const negatable = (item: fc.Arbitrary<string>) => fc.tuple(negation, item).map((parts) => parts.join(''))

const name = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.stringMatching(/^[a-z][a-z0-9_.-]{0,8}$/).filter((text) => !/^(sha\d+|sudoedit)/.test(text)),
  },
  fc.constantFrom(
    'DOMAIN\\\\user',
    'a\\ b',
    'x\\,y',
    '"with space"',
    '"ALL"',
    'q\\x41z',
    'user@example.org',
    'a\\(b\\)',
    'ALLx',
    'Mixed',
    "o'neil",
    'list',
    'é',
    '"a\\"b"',
  ),
)
const bare = fc.stringMatching(/^[a-z][a-z0-9_-]{0,8}$/)
const id = fc.nat(100_000)
const aliases = {
  user: ['UA', 'UB', 'UC'],
  runas: ['RA', 'RB', 'RC'],
  host: ['HA', 'HB', 'HC'],
  command: ['CA', 'CB', 'CC'],
} as const

const user = (alias: 'user' | 'runas') =>
  negatable(
    fc.oneof(
      { weight: 4, arbitrary: name },
      id.map((n) => `#${n}`),
      bare.map((n) => `%${n}`),
      id.map((n) => `%#${n}`),
      bare.map((n) => `+${n}`),
      bare.map((n) => `%:${n}`),
      id.map((n) => `%:#${n}`),
      fc.constantFrom(
        '"%dom users"',
        '"+net group"',
        '"%:Ext Group@EXAMPLE.ORG"',
        '%dom\\ users',
        'ALL',
        ...aliases[alias],
      ),
    ),
  )

const octet = fc.nat(255)
const ipv4 = fc.tuple(octet, octet, octet, octet).map((parts) => parts.join('.'))
const ipv6 = fc.oneof(
  fc.ipV6().filter((text) => !text.includes('.') && text.split(':').length <= 8),
  fc.constantFrom('::1', '2001:db8::', 'fe80::1', '1:2:3'),
)
const host = negatable(
  fc.oneof(
    { weight: 3, arbitrary: bare },
    bare.map((n) => `${n}.example.org`),
    fc.constantFrom('web*', 'db[0-9]', 'h?st', '"a host"', '+hosts', 'ALL', 'ALL', ...aliases.host),
    ipv4,
    fc.tuple(ipv4, fc.nat(32)).map((parts) => parts.join('/')),
    fc.tuple(ipv4, fc.constantFrom('255.255.255.0', '255.0.0.0')).map((parts) => parts.join('/')),
    ipv6,
    fc.tuple(ipv6, fc.nat(128)).map((parts) => parts.join('/')),
  ),
)

const commandPath = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .array(fc.stringMatching(/^[a-zA-Z0-9_.*?+~-]{1,6}$/), { minLength: 1, maxLength: 3 })
      .map((parts) => `/${parts.join('/')}`),
  },
  fc.constantFrom(
    '/bin/l[s!a]',
    '/opt/a\\ b',
    '/opt/a\\:b',
    '/opt/x\\=y',
    '/opt/x\\,y',
    '/opt/a!b',
    '/opt/(x)',
    '/opt/q"r',
    '/o\\#p',
  ),
)
const argument = fc.oneof(
  { weight: 4, arbitrary: fc.stringMatching(/^[a-zA-Z0-9_./*?+-]{1,8}$/) },
  fc.constantFrom(
    'a\\,b',
    'x\\:y',
    'k=v',
    '=z',
    '\\=z',
    '"q"',
    '"two words"',
    '!x',
    'a!b',
    '\\*',
    '\\[x\\]',
    '[a-z]*',
    'b\\\\c',
    'a\\ b',
    'a^b',
    'b$',
    '(x)',
    '@y',
    '%z',
    '"',
  ),
)
const regex = fc.constantFrom('^/usr/(s?bin)/[a-z]+$', '^/opt/[a-z,:= ]*$', '^/o\\#p$', '^.*$')
const argumentRegex = fc.constantFrom('^a b$', '^[a-z,:=]+( -[a-z])?$', '^x\\#y$', '^\\\\d \\.$', '^$')
const spaced = (items: fc.Arbitrary<string[]>) => fc.tuple(items, space).map(([parts, gap]) => parts.join(gap))
const digest = fc.constantFrom(
  'sha224:118187da8364d490b4a7debbf483004e8f3e053ec954309de2c41a25',
  'sha224 : EYGH2oNk1JC0p9679IMATo8+BT7JVDCd4sQaJQ==',
  'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
)
const digests = fc.oneof(
  { weight: 9, arbitrary: fc.constant('') },
  fc.array(digest, { minLength: 1, maxLength: 3 }).map((all) => `${all.join(', ')} `),
)
const ordinary = fc.oneof(
  {
    weight: 4,
    arbitrary: spaced(
      fc.tuple(commandPath, fc.array(argument, { maxLength: 3 })).map(([command, given]) => [command, ...given]),
    ),
  },
  { weight: 2, arbitrary: commandPath },
  commandPath.map((command) => `${command}/`),
  spaced(commandPath.map((command) => [command, '""'])),
  spaced(fc.tuple(fc.oneof(commandPath, regex), argumentRegex).map((parts) => [...parts])),
  regex,
  fc.constantFrom('ALL', 'ALL', 'list', 'sudoedit', 'sudoedit /etc/motd', 'sudoedit /etc/*', 'sudoedit ^/etc/(a|b)$'),
)
const command = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(digests, negation, ordinary).map((parts) => parts.join('')) },
  negatable(fc.constantFrom(...aliases.command)),
)

const group = negatable(
  fc.oneof(
    { weight: 4, arbitrary: name },
    id.map((n) => `#${n}`),
    fc.constantFrom('ALL', ...aliases.runas),
  ),
)
const runAs = fc.oneof(
  { weight: 4, arbitrary: fc.constant('') },
  fc.constantFrom('()', '(:)', '( ) ', '(root)', '(ALL)', '(ALL : ALL) '),
  list(user('runas'), 3).map((users) => `(${users})`),
  fc.tuple(list(user('runas'), 3), list(group, 3)).map(([users, groups]) => `( ${users} : ${groups} ) `),
  list(group, 2).map((groups) => `(:${groups})`),
)
const option = fc.constantFrom(
  'ROLE=r_r ',
  'TYPE=t_t ',
  'TIMEOUT=5 ',
  'TIMEOUT = 1d2h ',
  'NOTBEFORE=20170214083000Z ',
  'NOTAFTER=20370214083000Z ',
  'CWD=/tmp ',
  'CWD=* ',
  'CHROOT=~/jail ',
)
const tag = fc.constantFrom(
  'NOPASSWD:',
  'PASSWD:',
  'NOEXEC :',
  'EXEC: ',
  'SETENV:',
  'NOSETENV: ',
  'LOG_INPUT:',
  'NOLOG_INPUT:',
  'LOG_OUTPUT:',
  'NOLOG_OUTPUT:',
  'MAIL:',
  'NOMAIL:',
  'FOLLOW:',
  'NOFOLLOW:',
  'INTERCEPT:',
  'NOINTERCEPT:',
)
const some = (item: fc.Arbitrary<string>) =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constant('') },
    fc.array(item, { maxLength: 2 }).map((all) => all.join('')),
  )
const spec = fc.tuple(runAs, some(option), some(tag), command).map((parts) => parts.join(''))
const privilege = fc
  .tuple(list(host, 3), blank, blank, list(spec, 4))
  .map(([hosts, before, after, specs]) => `${hosts}${before}=${after}${specs}`)
const userSpec = fc
  .tuple(list(user('user'), 3), space, privilege, fc.array(privilege, { maxLength: 1 }))
  .map(([users, gap, first, more]) => users + gap + [first, ...more].join(' : '))

const parameter = fc.oneof(
  fc.constantFrom(
    'env_reset',
    '!env_reset',
    '!lecture',
    '!!use_pty',
    '! requiretty',
    'passwd_tries=3',
    'secure_path=/a\\:/b',
    'secure_path="/a:/b"',
    'badpass_message = "no \\"way\\""',
    'noexec',
    '!authenticate',
  ),
  fc
    .tuple(
      fc.constantFrom('env_keep', 'env_check', 'env_delete'),
      fc.constantFrom('+=', '-=', ' = ', ' += '),
      fc.constantFrom('LANG', '"A B"', '"LC_* X=y*"'),
    )
    .map((parts) => parts.join('')),
)
const binding = fc.oneof(
  { weight: 3, arbitrary: fc.constant('') },
  list(user('user'), 2).map((users) => `:${users}`),
  list(user('runas'), 2).map((users) => `>${users}`),
  // An IPv6 address cannot stand first here: sudo does not see that a list begins.
  list(host, 2)
    .filter((hosts) => /^[!\s]*["\w+]/.test(hosts) && !/^[!\s]*[\da-f]*:/.test(hosts))
    .map((hosts) => `@${hosts}`),
  list(
    negatable(
      fc.oneof(fc.constantFrom('/bin/ls', '/usr/bin/', '^/a$', 'sudoedit', 'ALL'), fc.constantFrom(...aliases.command)),
    ),
    2,
  ).map((commands) => `!${commands}`),
)
// Around the commas of a bound entry only plain blanks: a continued line there starts a new word for sudo.
const defaults = fc
  .tuple(binding, list(parameter, 3))
  .map(
    ([to, parameters]) =>
      `Defaults${to.replaceAll(/[ \t]*(?:\\\n[ \t]*)?,[ \t]*(?:\\\n[ \t]*)?/g, ',').replaceAll('! ', '!')} ${parameters}`,
  )

/** Each alias speaks of others only that stand behind it, so that none contains itself. */
const definition = (keyword: string, kind: keyof typeof aliases, member: fc.Arbitrary<string>) =>
  fc
    .tuple(fc.constant(2), fc.tuple(list(member), list(member), list(member)))
    .map(([count, lists]) =>
      aliases[kind]
        .slice(0, count + 1)
        .map((alias, index) => {
          const later = aliases[kind].slice(index + 1)
          const acyclic = lists[index]!.replaceAll(
            new RegExp(`\\b(?:${aliases[kind].join('|')})\\b`, 'g'),
            later[0] ?? 'ALL',
          )
          return `${alias} = ${acyclic}`
        })
        .join(' : '),
    )
    .map((definitions) => `${keyword} ${definitions}`)

const aliasLines = fc.tuple(
  definition('User_Alias', 'user', user('user')),
  definition('Runas_Alias', 'runas', user('runas')),
  definition('Host_Alias', 'host', host),
  fc.constantFrom('Cmnd_Alias', 'Cmd_Alias').chain((keyword) => definition(keyword, 'command', command)),
)

const line = fc.oneof(
  { weight: 6, arbitrary: userSpec },
  { weight: 2, arbitrary: defaults },
  fc.constantFrom('', '# a comment', '#', '  \t', '#-x', '#x \\'),
)

const fileOf = (aliasDefinitions: fc.Arbitrary<readonly string[]>) =>
  fc
    .tuple(aliasDefinitions, fc.array(line, { maxLength: 6 }), fc.constantFrom('\n', '\n', ' # end\n'))
    .map(([definitions, lines, end]) =>
      [...definitions, ...lines]
        .map((text) => (text.startsWith('#') || text.trim() === '' ? `${text}\n` : text + end))
        .join(''),
    )

/** Whole sudoers files: aliases, Defaults, rules and comments. Some speak of aliases that they do not define. */
const sudoersFile: fc.Arbitrary<string> = fileOf(fc.option(aliasLines, { nil: [] }))

/** The same with every alias defined. */
const closedSudoersFile: fc.Arbitrary<string> = fileOf(aliasLines)

const installed = spawnSync('cvtsudoers', ['-V']).status === 0
if (!installed) console.warn('cvtsudoers of Debian package sudo is not installed: the comparison with it is skipped')

let folder = ''
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'sudoers-'))))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe.skipIf(!installed)('a sudoers file means to us what it means to sudo', () => {
  test('every construct, written by hand', () => {
    for (const text of byHand) expect(ours(text), text).toEqual(theirs(text))
  })

  test('random files of the whole grammar', () => {
    fc.assert(
      fc.property(sudoersFile, (text) => {
        expect(withoutOptions(ours(text))).toEqual(withoutOptions(theirs(text)))
      }),
      { numRuns: 300, endOnFailure: true },
    )
  })

  test('random files after their aliases are resolved', () => {
    fc.assert(
      fc.property(closedSudoersFile, (text) => {
        expect(withoutOptions(ours(text, true))).toEqual(withoutOptions(theirs(text, '-e')))
      }),
      { numRuns: 150, endOnFailure: true },
    )
  })

  test.each(['"\\', 'u ALL=ALL\n"a\\', '/bin/a b\\', 'u "\\', 'Defaults x="\\', 'u ALL=/bin/a b\\', '"a'])(
    'a file that ends within a token, as in %j',
    (text) => {
      expect(wrongLines(text)).toEqual(linesTheyRefuse(text))
    },
  )

  test('valid files with a few characters changed are right or wrong on the same line', () => {
    const change = fc.record({
      at: fc.nat(),
      insert: fc.constantFrom(
        '',
        ',',
        ':',
        '=',
        '!',
        '"',
        '\\',
        '#',
        '(',
        ')',
        '%',
        '+',
        ' ',
        '\n',
        '^',
        '$',
        'ALL',
        '\t',
        '\r\n',
        '#1',
        '/',
        '\\x41',
        '@',
        'Defaults:',
        'NOPASSWD:',
        '-',
        '<',
      ),
      drop: fc.nat(2),
    })
    fc.assert(
      fc.property(sudoersFile, fc.array(change, { minLength: 1, maxLength: 3 }), (valid, changes) => {
        // On one line each, so that there is one number for a line.
        let text = valid.replaceAll('\\\n', '')
        for (const { at, insert, drop } of changes) {
          const from = at % (text.length + 1)
          text = text.slice(0, from) + insert + text.slice(from + drop)
        }
        // It also minds expressions that do not compile, and sudoedit with a path; sudo itself does not.
        // At the end of a file it counts the line before `#-` twice.
        fc.pre(!/[\^]|sudoedit|#-$/.test(text))
        expect(wrongLines(text)).toEqual(linesTheyRefuse(text))
      }),
      { numRuns: 400, endOnFailure: true },
    )
  })
})

const byHand = [
  'root ALL=(ALL:ALL) ALL',
  'User_Alias A = joe, %wheel, !#12 : B = A, +ng, %:foo, %#5, "%dom users", \\x41b, DOMAIN\\\\user\nA,!B ALL=ALL',
  'Host_Alias H = 10.0.0.0/8, 10.1.2.250/255.255.255.0, fe80::1/64, !web*, +hosts, "x y"\nu H,1:2:3,!::1/:: = /a',
  'Cmnd_Alias C = /bin/ls, ^/bin/[a-z]+$ ^a b$, sudoedit /etc/motd, list, /bin/echo a\\,b\\=c\\\\ "", /bin/t "", /usr/bin/\nu ALL=C, !C',
  'Cmd_Alias G1 = !!/bin/ab : G2 = !!!/bin/ab : G3 = sudoedit /a*b/\\*x',
  'u H = (root,!bob:ops) ROLE=x TYPE=y TIMEOUT=5m NOTBEFORE=20170214083000Z CWD=/tmp CHROOT=* NOPASSWD: SETENV: /c, !/d, (bob) PASSWD: /e, ALL : ALL = () /f, (:) /g, (:ops) /b, ROLE=z /h',
  'u ALL=sha224:118187da8364d490b4a7debbf483004e8f3e053ec954309de2c41a25, sha224:EYGH2oNk1JC0p9679IMATo8+BT7JVDCd4sQaJQ== /bin/ls, sha224 : 118187da8364d490b4a7debbf483004e8f3e053ec954309de2c41a25 ALL',
  '#12 ALL=ALL # comment\n  # another\n#\n#comment \\\nu ALL=/a # \\\nv ALL=/b b#c\n',
  'u \\\n  ALL = /bin/ls -l \\\n   -a b=c =d e!f g"h "i j", /x ^a\\#b \\\n  c$, list',
  'list ALL=ALL\nDefaultsx ALL=ALL\nu ALL=/a\\:b\\ c\\,d "x\\\\ty\\ z", /a!b(c)"d',
  'u ALL=(%g,+n:#5,A,!b,ALL) NOEXEC : EXEC: LOG_INPUT: NOLOG_OUTPUT: MAIL: NOFOLLOW: INTERCEPT: /a, NOINTERCEPT:FOLLOW:NOMAIL: /b',
  'u ALL=^/usr/(sbin|bin)/[a-z,:=]+$, ^/a\\#b$ x, /a b\\\\c \\\\\\\\d \\[e\\]\n',
  'Defaults env_reset, !lecture, passwd_tries=3, secure_path="/a:/b", env_keep += "A B", env_keep -= "C"',
  'Defaults:joe,!bob , %g !authenticate\nDefaults@h1,h2 !use_pty\nDefaults>root,ADM requiretty\nDefaults!/bin/ls,sudoedit,CC noexec\nDefaults!ALL noexec',
  'Defaults secure_path=/a\\:/b\\,c # x\nDefaults badpass_message="say \\"no\\" \\\n    now"\n\tDefaults\tmail_badpass',
  '\\x52oot,r\\,oot,"r oot","ALL",A\\ B ALL=ALL\n\nUser_Alias Z = x\n',
  'u ALL=CWD=~/x CHROOT=/y NOTAFTER=2017021408Z TIMEOUT=1d2h3m4s NOPASSWD: sudoedit, sudoedit "", sudoedit ^/etc/(a|b)$',
]

/**
 * In JSON, neighbours that differ in their options alone, or in the SETENV that ALL implies, share those of the first: there
 * only the other tags can be compared.
 */
const withoutOptions = (shape: Shape): Shape => ({
  ...shape,
  rules: shape.rules.map(({ attributes, ...rule }) => ({
    ...rule,
    attributes: Object.fromEntries(Object.entries(attributes).filter(([name]) => COMPARED.has(name))),
  })),
})

const COMPARED = new Set([
  'authenticate',
  'noexec',
  'intercept',
  'log_input',
  'log_output',
  'send_mail',
  'sudoedit_follow',
])

/** Both sides are brought into this shape: one line of attributes for each command of each rule. */
interface Shape {
  aliases: Record<string, unknown>
  rules: { attributes: Record<string, unknown> }[]
  defaults: unknown[]
}

const theirs = (text: string, ...flags: string[]): Shape => {
  const input = join(folder, 'sudoers')
  writeFileSync(input, text)
  const written = execFileSync('cvtsudoers', [...flags, '-f', 'json', input], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  // Some of its releases write pairs where a list wants objects, and one key several times.
  let digest = 0
  const json = written
    .replaceAll(/^(\s*)("(?:runchroot|runcwd|role|type|apparmor_profile)": ".*")(,?)$/gm, '$1{ $2 }$3')
    .replaceAll(/"(sha\d+)": "/g, (_, type: string) => `"${type}#${digest++}": "`)
  return shapeOfJson(JSON.parse(json === '' ? '{}' : json))
}

// The shape of another program's output, compared field by field below.
// oxlint-disable-next-line typescript/no-explicit-any
type Json = Record<string, any>

const shapeOfJson = (json: Json): Shape => {
  const aliases: Record<string, unknown> = {}
  for (const [key, kind] of [
    ['User_Aliases', 'user'],
    ['Runas_Aliases', 'runas'],
    ['Host_Aliases', 'host'],
    ['Command_Aliases', 'command'],
  ] as const)
    for (const [name, members] of Object.entries<Json[]>(json[key] ?? {}))
      aliases[`${kind} ${name}`] = members.map(memberOfJson)
  const rules = (json.User_Specs ?? []).flatMap(({ User_List, Host_List, Cmnd_Specs }: Json) =>
    Cmnd_Specs.flatMap((spec: Json) =>
      spec.Commands.map((command: Json) => ({
        users: User_List.map(memberOfJson),
        hosts: Host_List.map(memberOfJson),
        runasusers: spec.runasusers?.map(memberOfJson),
        runasgroups: spec.runasgroups?.map(memberOfJson).map(asGroup),
        attributes: attributesOfJson([...(spec.Options ?? []), ...(spec.SELinux_Spec ?? [])], command),
        command: memberOfJson(command),
      })),
    ),
  )
  return { aliases, rules, defaults: (json.Defaults ?? []).map(defaultsOfJson) }
}

const memberOfJson = ({ negated, ...member }: Json) => ({
  negated: negated === true,
  ...Object.fromEntries(
    Object.entries(member)
      .filter(([key]) => !key.startsWith('sha'))
      .map(([key, value]) => [key.endsWith('alias') ? 'alias' : key, String(value)]),
  ),
  digests: Object.entries(member)
    .filter(([key]) => key.startsWith('sha'))
    .map(([key, value]) => `${key.split('#', 1)[0]}:${value}`),
})

const attributesOfJson = (options: Json[], command: Json) => {
  const attributes = Object.assign({}, ...options)
  // ALL implies SETENV, and whether that was written is not told.
  if (command.command === 'ALL' && command.negated !== true && attributes.setenv === true) delete attributes.setenv
  return attributes
}

const defaultsOfJson = ({ Binding, Options }: Json) => ({
  binding: (Binding ?? []).map(memberOfJson),
  options: Options.map((option: Json) => {
    const { operation, ...rest } = option
    const [[name, value] = []] = Object.entries(rest)
    const values = Array.isArray(value) ? value : [value]
    return { name, operation, values: values.map(String) }
  }),
})

const ours = (text: string, expanded = false): Shape => {
  const file = parseSudoers(text, '/etc/sudoers')
  expect(file.problems, text).toEqual([])
  const policy = readPolicy('/etc/sudoers', { file: () => file, folder: () => undefined }, 'host')
  expect(policy.problems, text).toEqual([])
  const resolve = expansion(policy.aliases)
  const users = (members: readonly Member[], kind: 'user' | 'runas') =>
    (expanded ? resolve.users(members, kind)! : members).map(memberShape)
  const hosts = (members: readonly HostMember[]) => (expanded ? resolve.hosts(members)! : members).map(hostShape)
  const commands = (member: CommandMember) => (expanded ? resolve.commands([member])! : [member])
  const rule = (spec: UserSpec, list: readonly HostMember[], command: CommandSpec) =>
    commands(command.command).map((member) => ({
      users: users(spec.users, 'user'),
      hosts: hosts(list),
      runasusers: command.runAs.users && users(command.runAs.users, 'runas'),
      runasgroups: command.runAs.groups && users(command.runAs.groups, 'runas').map(asGroup),
      attributes: attributesShape(command),
      command: commandShape(member),
    }))
  return {
    aliases: expanded ? {} : Object.fromEntries([...policy.aliases].map(([key, alias]) => [key, aliasShape(alias)])),
    rules: policy.userSpecs.flatMap((spec) =>
      spec.privileges.flatMap((privilege) =>
        privilege.commands.flatMap((command) => rule(spec, privilege.hosts, command)),
      ),
    ),
    defaults: policy.defaults.map(({ binding, parameters }) => ({
      binding:
        binding.type === 'everyone'
          ? []
          : binding.type === 'host'
            ? hosts(binding.members)
            : binding.type === 'command'
              ? (expanded ? resolve.commands(binding.members)! : binding.members).map(commandShape)
              : users(binding.members, binding.type),
      options: parameters.map(({ name, operator, value }) => {
        const list = name.startsWith('env_')
        return {
          name,
          operation:
            list && operator !== 'on' && operator !== 'off'
              ? { '=': 'list_assign', '+=': 'list_add', '-=': 'list_remove' }[operator]
              : undefined,
          values:
            operator === 'on'
              ? ['true']
              : operator === 'off'
                ? ['false']
                : list && name !== 'env_editor'
                  ? value!.split(' ')
                  : [value],
        }
      }),
    })),
  }
}

const NAMES: Readonly<Record<Member['type'], string>> = {
  user: 'username',
  uid: 'userid',
  group: 'usergroup',
  gid: 'usergid',
  netgroup: 'netgroup',
  'external-group': 'nonunixgroup',
  all: 'username',
  alias: 'alias',
  self: 'username',
}

const memberShape = ({ type, name, negated }: Member): Record<string, unknown> => {
  const shape = { negated, digests: [] }
  const id = type === 'external-group' ? /^#(\d+)$/.exec(name) : null
  if (id !== null) return { ...shape, nonunixgid: id[1] }
  return { ...shape, [NAMES[type]]: type === 'all' ? 'ALL' : name }
}

/** In a list of groups it writes every member as a group, ids with their sign. */
const asGroup = (shape: Record<string, unknown>) => {
  const { username, userid, usergid, ...rest } = shape
  if (userid !== undefined) return { ...rest, usergroup: `#${String(userid)}` }
  if (usergid !== undefined) return { ...rest, usergroup: `#${String(usergid)}` }
  return username === undefined ? rest : { ...rest, usergroup: username }
}

const HOST_NAMES = {
  host: 'hostname',
  network: 'networkaddr',
  netgroup: 'netgroup',
  all: 'hostname',
  alias: 'alias',
} as const
const hostShape = ({ type, name, negated }: HostMember) => ({
  negated,
  digests: [],
  [HOST_NAMES[type]]: type === 'all' ? 'ALL' : name,
})

const commandShape = ({ type, command, arguments: given, negated, digests }: CommandMember) => ({
  negated,
  digests,
  [type === 'alias' ? 'alias' : 'command']: given === undefined ? command : `${command} ${given}`,
})

const aliasShape = (alias: Alias) =>
  alias.of === 'host'
    ? alias.members.map(hostShape)
    : alias.of === 'command'
      ? alias.members.map(commandShape)
      : alias.members.map(memberShape)

const TAGS: Readonly<Record<string, string>> = {
  passwd: 'authenticate',
  exec: 'noexec',
  follow: 'sudoedit_follow',
  mail: 'send_mail',
}

const attributesShape = ({ tags, options, command }: CommandSpec) => {
  const shape: Record<string, unknown> = {}
  for (const [tag, value] of Object.entries(tags)) shape[TAGS[tag] ?? tag] = tag === 'exec' ? !value : value
  if (command.type === 'all' && !command.negated && shape.setenv === true) delete shape.setenv
  for (const [option, value] of Object.entries(options)) {
    if (option === 'timeout') shape.command_timeout = timeoutSeconds(value)
    else if (option === 'notbefore' || option === 'notafter')
      shape[option] = generalizedTime(value)!.replaceAll(/[-:T]/g, '')
    // It tells role and type only where both are set.
    else if ((option === 'role' || option === 'type') && !('role' in options && 'type' in options)) continue
    else shape[{ cwd: 'runcwd', chroot: 'runchroot' }[option] ?? option] = value
  }
  return shape
}

const wrongLines = (text: string) => {
  const file = parseSudoers(text, '/etc/sudoers')
  const { problems } = readPolicy('/etc/sudoers', { file: () => file, folder: () => undefined }, 'host')
  return [...new Set(problems.map(({ line }) => line))].toSorted((a, b) => a! - b!)
}

const linesTheyRefuse = (text: string) => {
  const input = join(folder, 'mutated')
  writeFileSync(input, text)
  const { stderr } = spawnSync('cvtsudoers', ['-f', 'json', '-o', '/dev/null', input], { encoding: 'utf8' })
  const lines = [...stderr.matchAll(/^[^\s:]+\/mutated:(\d+):\d+: /gm)].map(([, line]) => Number(line))
  return [...new Set(lines)].toSorted((a, b) => a - b)
}
