import fc from 'fast-check'

// Random sudoers files that sudo accepts. For tests alone.

const blank = fc.constantFrom('', '', ' ', '\t', '  ', ' \\\n ')
const space = fc.constantFrom(' ', '\t', '  ', ' \\\n  ')
const comma = fc.tuple(blank, blank).map(([before, after]) => `${before},${after}`)
const list = (item: fc.Arbitrary<string>, most = 4) =>
  fc.tuple(item, fc.array(fc.tuple(comma, item), { maxLength: most - 1 })).map(([first, rest]) => first + rest.map((pair) => pair.join('')).join(''))
const negation = fc.constantFrom('', '', '', '', '!', '!!', '! ')
const negatable = (item: fc.Arbitrary<string>) => fc.tuple(negation, item).map((parts) => parts.join(''))

const name = fc.oneof(
  { weight: 5, arbitrary: fc.stringMatching(/^[a-z][a-z0-9_.-]{0,8}$/).filter((text) => !/^(sha\d+|sudoedit)/.test(text)) },
  fc.constantFrom('DOMAIN\\\\user', 'a\\ b', 'x\\,y', '"with space"', '"ALL"', 'q\\x41z', 'user@example.org', 'a\\(b\\)', 'ALLx', 'Mixed', "o'neil", 'list', 'é', '"a\\"b"'),
)
const bare = fc.stringMatching(/^[a-z][a-z0-9_-]{0,8}$/)
const id = fc.nat(100_000)
const aliases = { user: ['UA', 'UB', 'UC'], runas: ['RA', 'RB', 'RC'], host: ['HA', 'HB', 'HC'], command: ['CA', 'CB', 'CC'] } as const

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
      fc.constantFrom('"%dom users"', '"+net group"', '"%:Ext Group@EXAMPLE.ORG"', '%dom\\ users', 'ALL', ...aliases[alias]),
    ),
  )

const octet = fc.nat(255)
const ipv4 = fc.tuple(octet, octet, octet, octet).map((parts) => parts.join('.'))
const ipv6 = fc.oneof(fc.ipV6().filter((text) => !text.includes('.') && text.split(':').length <= 8), fc.constantFrom('::1', '2001:db8::', 'fe80::1', '1:2:3'))
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

const path = fc.oneof(
  { weight: 4, arbitrary: fc.array(fc.stringMatching(/^[a-zA-Z0-9_.*?+~-]{1,6}$/), { minLength: 1, maxLength: 3 }).map((parts) => `/${parts.join('/')}`) },
  fc.constantFrom('/bin/l[s!a]', '/opt/a\\ b', '/opt/a\\:b', '/opt/x\\=y', '/opt/x\\,y', '/opt/a!b', '/opt/(x)', '/opt/q"r', '/o\\#p'),
)
const argument = fc.oneof(
  { weight: 4, arbitrary: fc.stringMatching(/^[a-zA-Z0-9_./*?+-]{1,8}$/) },
  fc.constantFrom('a\\,b', 'x\\:y', 'k=v', '=z', '\\=z', '"q"', '"two words"', '!x', 'a!b', '\\*', '\\[x\\]', '[a-z]*', 'b\\\\c', '\\ ', 'a^b', 'b$', '(x)', '@y', '%z', '"'),
)
const regex = fc.constantFrom('^/usr/(s?bin)/[a-z]+$', '^/opt/[a-z,:= ]*$', '^/o\\#p$', '^.*$')
const argumentRegex = fc.constantFrom('^a b$', '^[a-z,:=]+( -[a-z])?$', '^x\\#y$', '^\\\\d \\.$', '^$')
const spaced = (items: fc.Arbitrary<string[]>) => fc.tuple(items, space).map(([parts, gap]) => parts.join(gap))
const digest = fc.constantFrom(
  'sha224:118187da8364d490b4a7debbf483004e8f3e053ec954309de2c41a25',
  'sha224 : EYGH2oNk1JC0p9679IMATo8+BT7JVDCd4sQaJQ==',
  'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
)
const digests = fc.oneof({ weight: 9, arbitrary: fc.constant('') }, fc.array(digest, { minLength: 1, maxLength: 3 }).map((all) => `${all.join(', ')} `))
const ordinary = fc.oneof(
  { weight: 4, arbitrary: spaced(fc.tuple(path, fc.array(argument, { maxLength: 3 })).map(([command, given]) => [command, ...given])) },
  { weight: 2, arbitrary: path },
  path.map((command) => `${command}/`),
  spaced(path.map((command) => [command, '""'])),
  spaced(fc.tuple(fc.oneof(path, regex), argumentRegex).map((parts) => [...parts])),
  regex,
  fc.constantFrom('ALL', 'ALL', 'list', 'sudoedit', 'sudoedit /etc/motd', 'sudoedit /etc/*', 'sudoedit ^/etc/(a|b)$'),
)
const command = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(digests, negation, ordinary).map((parts) => parts.join('')) },
  negatable(fc.constantFrom(...aliases.command)),
)

const group = negatable(fc.oneof({ weight: 4, arbitrary: name }, id.map((n) => `#${n}`), fc.constantFrom('ALL', ...aliases.runas)))
const runAs = fc.oneof(
  { weight: 4, arbitrary: fc.constant('') },
  fc.constantFrom('()', '(:)', '( ) ', '(root)', '(ALL)', '(ALL : ALL) '),
  list(user('runas'), 3).map((users) => `(${users})`),
  fc.tuple(list(user('runas'), 3), list(group, 3)).map(([users, groups]) => `( ${users} : ${groups} ) `),
  list(group, 2).map((groups) => `(:${groups})`),
)
const option = fc.constantFrom('ROLE=r_r ', 'TYPE=t_t ', 'TIMEOUT=5 ', 'TIMEOUT = 1d2h ', 'NOTBEFORE=20170214083000Z ', 'NOTAFTER=20370214083000Z ', 'CWD=/tmp ', 'CWD=* ', 'CHROOT=~/jail ')
const tag = fc.constantFrom('NOPASSWD:', 'PASSWD:', 'NOEXEC :', 'EXEC: ', 'SETENV:', 'NOSETENV: ', 'LOG_INPUT:', 'NOLOG_INPUT:', 'LOG_OUTPUT:', 'NOLOG_OUTPUT:', 'MAIL:', 'NOMAIL:', 'FOLLOW:', 'NOFOLLOW:', 'INTERCEPT:', 'NOINTERCEPT:')
const some = (item: fc.Arbitrary<string>) => fc.oneof({ weight: 3, arbitrary: fc.constant('') }, fc.array(item, { maxLength: 2 }).map((all) => all.join('')))
const spec = fc.tuple(runAs, some(option), some(tag), command).map((parts) => parts.join(''))
const privilege = fc.tuple(list(host, 3), blank, blank, list(spec, 4)).map(([hosts, before, after, specs]) => `${hosts}${before}=${after}${specs}`)
const userSpec = fc
  .tuple(list(user('user'), 3), space, privilege, fc.array(privilege, { maxLength: 1 }))
  .map(([users, gap, first, more]) => users + gap + [first, ...more].join(' : '))

const parameter = fc.oneof(
  fc.constantFrom('env_reset', '!env_reset', '!lecture', '!!use_pty', '! requiretty', 'passwd_tries=3', 'secure_path=/a\\:/b', 'secure_path="/a:/b"', 'badpass_message = "no \\"way\\""', 'noexec', '!authenticate'),
  fc.tuple(fc.constantFrom('env_keep', 'env_check', 'env_delete'), fc.constantFrom('+=', '-=', ' = ', ' += '), fc.constantFrom('LANG', '"A B"', '"LC_* X=y*"')).map((parts) => parts.join('')),
)
const binding = fc.oneof(
  { weight: 3, arbitrary: fc.constant('') },
  list(user('user'), 2).map((users) => `:${users}`),
  list(user('runas'), 2).map((users) => `>${users}`),
  // An IPv6 address cannot stand first here: sudo does not see that a list begins.
  list(host, 2).filter((hosts) => /^[!\s]*["\w+]/.test(hosts) && !/^[!\s]*[\da-f]*:/.test(hosts)).map((hosts) => `@${hosts}`),
  list(negatable(fc.oneof(fc.constantFrom('/bin/ls', '/usr/bin/', '^/a$', 'sudoedit', 'ALL'), fc.constantFrom(...aliases.command))), 2).map((commands) => `!${commands}`),
)
// Around the commas of a bound entry only plain blanks: a continued line there starts a new word for sudo.
const defaults = fc.tuple(binding, list(parameter, 3)).map(([to, parameters]) => `Defaults${to.replaceAll(/[ \t]*(?:\\\n[ \t]*)?,[ \t]*(?:\\\n[ \t]*)?/g, ',').replaceAll('! ', '!')} ${parameters}`)

/** Each alias speaks of others only that stand behind it, so that none contains itself. */
const definition = (keyword: string, kind: keyof typeof aliases, member: fc.Arbitrary<string>) =>
  fc
    .tuple(fc.constant(2), fc.tuple(list(member), list(member), list(member)))
    .map(([count, lists]) =>
      aliases[kind]
        .slice(0, count + 1)
        .map((alias, index) => {
          const later = aliases[kind].slice(index + 1)
          const acyclic = lists[index]!.replaceAll(new RegExp(`\\b(?:${aliases[kind].join('|')})\\b`, 'g'), later[0] ?? 'ALL')
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

const line = fc.oneof({ weight: 6, arbitrary: userSpec }, { weight: 2, arbitrary: defaults }, fc.constantFrom('', '# a comment', '#', '  \t', '#-x', '#x \\'))

const file = (aliasDefinitions: fc.Arbitrary<readonly string[]>) =>
  fc
    .tuple(aliasDefinitions, fc.array(line, { maxLength: 6 }), fc.constantFrom('\n', '\n', ' # end\n'))
    .map(([definitions, lines, end]) => [...definitions, ...lines].map((text) => (text.startsWith('#') || text.trim() === '' ? `${text}\n` : text + end)).join(''))

/** Whole sudoers files: aliases, Defaults, rules and comments. Some speak of aliases that they do not define. */
export const sudoersFile: fc.Arbitrary<string> = file(fc.option(aliasLines, { nil: [] }))

/** The same with every alias defined. */
export const closedSudoersFile: fc.Arbitrary<string> = file(aliasLines)
