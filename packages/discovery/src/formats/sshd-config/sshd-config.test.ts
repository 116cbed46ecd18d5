import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatAddress, parseAddress, parseBlock } from './address.ts'
import { DEFAULTS_OF_9_2, parseSshdSettings } from './defaults.ts'
import { evaluateSshdConfig, sshdLines } from './effective.ts'
import { conditionHolds, matchesPattern, matchesPatternList, parseMatch } from './match.ts'
import { configArguments, configLines, nextWord } from './words.ts'
import { readSshdConfig, type SshdConfigFile } from './config.ts'

const MAIN = '/etc/ssh/sshd_config'
const read = (text: string, files: Readonly<Record<string, string>> = {}) =>
  readSshdConfig(
    { path: MAIN, text },
    {
      homeOf: () => undefined,
      include: (pattern): SshdConfigFile[] | undefined =>
        files[pattern] === undefined ? undefined : [{ path: pattern, text: files[pattern] }],
    },
  )
const settings = (text: string, files?: Readonly<Record<string, string>>) =>
  evaluateSshdConfig(read(text, files), DEFAULTS_OF_9_2)

describe('a configuration', () => {
  test('is told with the file and line of each value', () => {
    const { general } = settings('\nInclude extra\nPermitRootLogin no\n', {
      '/etc/ssh/extra': '# x\nX11Forwarding yes\n',
    })
    expect(general.get('x11forwarding')).toEqual({
      name: 'x11forwarding',
      values: ['yes'],
      place: { path: '/etc/ssh/extra', line: 2 },
    })
    expect(general.get('permitrootlogin')?.place).toEqual({ path: MAIN, line: 3 })
    expect(general.get('port')).toEqual({ name: 'port', values: ['22'] })
  })

  test('says which included files it has yet to see', () => {
    expect(read('Include a /b/*.conf ~/c\nMatch User x\nInclude a d\n').wanted).toEqual([
      '/etc/ssh/a',
      '/b/*.conf',
      '/etc/ssh/d',
    ])
  })

  test('that includes itself ends sixteen deep', () => {
    const { problems, blocks } = read('Port 1\nInclude self\n', { '/etc/ssh/self': 'Port 2\nInclude self\n' })
    expect(problems).toEqual([{ code: 'too-deep', path: '/etc/ssh/self', line: 2 }])
    expect(blocks.flatMap(({ directives }) => directives)).toHaveLength(17)
  })

  test('that includes itself many times over ends at a number of lines', () => {
    const { problems } = read('Include self\n', {
      '/etc/ssh/self': 'Port 2\n'.repeat(100) + 'Include self\n'.repeat(100),
    })
    expect(problems).toContainEqual(expect.objectContaining({ code: 'too-many' }))
  })

  test('with a Match line that sshd refuses applies nothing of that block', () => {
    const config = read('Match Nonsense x\nPermitRootLogin yes\n')
    expect(config.problems).toEqual([
      { code: 'unparsable', path: MAIN, line: 1, detail: 'a Match line that sshd refuses' },
    ])
    expect(evaluateSshdConfig(config, DEFAULTS_OF_9_2).for({ user: 'root' }).get('permitrootlogin')?.values).toEqual([
      'without-password',
    ])
  })

  test('tells nothing of a line but where it is', () => {
    const { problems, notes } = read('Secret hunter2\nPermitRootLogin hunter2\nMatch hunter2\n')
    expect(JSON.stringify([problems, notes])).not.toContain('hunter2')
    expect(notes).toEqual([{ code: 'unsupported', path: MAIN, line: 1, detail: 'an unknown keyword' }])
  })

  test('may hold keywords that only the sshd of the host knows', () => {
    const defaults = { fromHost: true, settings: new Map([...DEFAULTS_OF_9_2.settings, ['newkeyword', ['no']]]) }
    const config = readSshdConfig(
      { path: MAIN, text: 'NewKeyword  some value # c\n' },
      { homeOf: () => undefined, include: () => [], hasKeyword: (name) => defaults.settings.has(name) },
    )
    expect(evaluateSshdConfig(config, defaults).general.get('newkeyword')).toEqual({
      name: 'newkeyword',
      values: ['some value'],
      place: { path: MAIN, line: 1 },
    })
  })

  test('of release 9.8 or later counts the first MaxStartups', () => {
    const modern = {
      fromHost: true,
      settings: new Map([...DEFAULTS_OF_9_2.settings, ['persourcepenalties', ['crash:90.0']]]),
    }
    expect(
      evaluateSshdConfig(read('MaxStartups 5:20:60\nMaxStartups 7:8:9\n'), modern).general.get('maxstartups')?.values,
    ).toEqual(['5:20:60'])
  })

  test('of any text, with any included files, is read without end or exception', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        'Match ',
        'User ',
        'all',
        'Include ',
        'self',
        '"',
        "'",
        '\\',
        '=',
        ' ',
        '\t',
        '\n',
        '\r',
        '\0',
        '#',
        '*',
        '!',
        ',',
        'Port 22',
        'ListenAddress ',
        '[::',
        '/129',
        'RekeyLimit ',
        '+',
        '-',
        '^',
        '99999999999999999999',
      ),
    )
    const text = fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join(''))
    fc.assert(
      fc.property(text, text, fc.string(), (main, included, user) => {
        const evaluation = settings(main, { '/etc/ssh/self': included })
        expect(
          sshdLines(
            evaluation.for({ user, groups: [user], host: user, address: user, localAddress: '::1', localPort: 1 }),
          ).length,
        ).toBeGreaterThan(0)
      }),
      { numRuns: 1500 },
    )
  })

  test('of long lines is read in one go', () => {
    const many = 200_000
    for (const text of [
      '"'.repeat(many),
      ' '.repeat(many),
      `Port${'='.repeat(many)}`,
      `Match User ${'a,'.repeat(many)}`,
      `AllowUsers ${'a '.repeat(many)}`,
      `ForceCommand ${'x '.repeat(many)}`,
      `Ciphers ${'*,'.repeat(many)}`,
      `LoginGraceTime ${'1'.repeat(many)}`,
      `ListenAddress ${':'.repeat(many)}`,
      `Match Address ${'::/0,'.repeat(50_000)}`,
    ])
      expect(sshdLines(settings(`${text}\n`).for({ user: 'b', address: '10.0.0.1' })).length).toBeGreaterThan(0)
  })
})

describe('words', () => {
  test('one `=` parts a keyword from its value, a second belongs to the value', () => {
    expect(nextWord('a = = b')).toEqual({ word: 'a', rest: '= b' })
    expect(nextWord('a==b')).toEqual({ word: 'a', rest: '=b' })
  })
  test('a quoted word ends at its quote', () => expect(nextWord('a"b c"d e')).toEqual({ word: 'ab c', rest: 'd e' }))
  test('a quote that is not closed is refused', () => {
    expect(nextWord('a "b')).toEqual({ word: 'a', rest: '"b' })
    expect(configArguments('a "b')).toBeUndefined()
  })
  test('quotes inside an argument are dropped, `#` inside one stays', () =>
    expect(configArguments(`a'b "c'"d e"#f #g h`)).toEqual(['ab "cd e#f']))
  test('lines keep their numbers across NUL bytes', () =>
    expect(configLines('a\0b\nc\n\td')).toEqual([
      { line: 1, text: 'ac' },
      { line: 3, text: 'd' },
    ]))
})

describe('matching', () => {
  test('wildcards', () => {
    expect(['', 'a', 'ab', 'abc', 'xbc'].filter((text) => matchesPattern(text, 'a*?'))).toEqual(['ab', 'abc'])
    expect(matchesPattern('a'.repeat(256), `${'a*'.repeat(500)}b`)).toBe(false)
  })
  test('a pattern of 1,023 characters is too long for sshd, and what follows it is not looked at', () => {
    expect(matchesPatternList('a', `${'*'.repeat(1023)},a`)).toBe(false)
    expect(matchesPatternList('a', `${'*'.repeat(1022)},b`)).toBe(true)
  })
  test('a criterion without a value to hold against does not match, negated or not', () => {
    for (const line of ['User *', 'User !x,*', 'Group *', 'Address *', 'Host *', 'LocalPort 22', 'Invalid-User'])
      expect(conditionHolds(parseMatch(line)!, {})).toBe(false)
    expect(conditionHolds(parseMatch('all')!, {})).toBe(true)
  })
  test('Invalid-User is for users the host has not', () => {
    expect(conditionHolds(parseMatch('Invalid-User')!, { user: 'x', invalidUser: true })).toBe(true)
    expect(conditionHolds(parseMatch('invalid-user User y')!, { user: 'x', invalidUser: true })).toBe(false)
  })
  test('addresses of all forms are numbers', () => {
    const forms = ['10.1', '0x0a000001', '012.0.0.1', '167772161'].map((text) => formatAddress(parseAddress(text)!))
    expect(forms).toEqual(['10.0.0.1', '10.0.0.1', '10.0.0.1', '10.0.0.1'])
    expect(
      ['2001:DB8:0:0:0::1', '::ffff:1.2.3.4', '::', '::1', '1::', '0:0:1::', '1:0:0:2:0:0:0:3'].map((text) =>
        formatAddress(parseAddress(text)!),
      ),
    ).toEqual(['2001:db8::1', '::ffff:1.2.3.4', '::', '::1', '1::', '0:0:1::', '1:0:0:2::3'])
    expect(
      ['', '1.2.3.4.5', '256.1.1.1', '::1::', ':::', '1:2', 'fe80::1%eth0', '1.2.3.08', '12345::'].map(parseAddress),
    ).toEqual(Array.from({ length: 9 }, () => undefined))
  })
  test('a mask that covers set bits is refused', () => {
    expect(parseBlock('10.0.0.1/8')).toBe('inconsistent')
    expect(parseBlock('10.0.0.0/33')).toBe('inconsistent')
    expect(parseBlock('10.0.0.0/129')).toBeUndefined()
  })
  test('an IPv6 address is written and read back', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constant(0), fc.nat({ max: 0xffff })), { minLength: 8, maxLength: 8 }),
        (groups) => {
          const address = parseAddress(groups.map((group) => group.toString(16)).join(':'))!
          expect(parseAddress(formatAddress(address))).toEqual(address)
        },
      ),
    )
  })
})

describe('settings that sshd printed', () => {
  test('are read line by line', () => {
    expect(parseSshdSettings('port 22\nport 23\npermitrootlogin no\nauthorizedkeysfile a b\n')).toEqual(
      new Map([
        ['port', ['22', '23']],
        ['permitrootlogin', ['no']],
        ['authorizedkeysfile', ['a', 'b']],
      ]),
    )
  })
  test('anything else is not taken for them', () => {
    expect(parseSshdSettings('Missing privilege separation directory: /run/sshd\n')).toBeUndefined()
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => parseSshdSettings(text) === undefined))
  })
})
