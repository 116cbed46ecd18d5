import { credentialFormat, type Sighting } from '../detector.ts'
import { linesOf } from '../readers/lines-of.ts'
import { wordsOf, type Word } from '../dialects/words.ts'
import { secretOf } from '../dialects/secret-rules.ts'

export default credentialFormat({
  id: 'snmp',
  title: 'Net-SNMP: communities, accounts with their phrases, where traps are sent to',
  files: [
    'snmpd*.conf',
    'snmptrapd*.conf',
    'snmp.conf',
    'snmp.local.conf',
    'snmpd.local.conf',
    'snmp/*.conf',
    'snmpd.conf.d/*',
    'snmptrapd.conf.d/*',
    'net-snmp/*.conf',
    'cups/snmp.conf',
  ],
  whole: true,

  *read({ text }) {
    for (const { text: line, at } of linesOf(text)) {
      const mark = /^[ \t]*(?:#+[ \t]*)?/.exec(line)![0].length
      const commented = line.slice(0, mark).includes('#')
      const words = wordsOf(line, mark, line.length, '#').map((word) => ({ ...word, at: at + word.at }))
      if (words.length < 2) continue
      yield* secretsOf(words[0]!.text.toLowerCase(), words, commented)
    }
  },

  examples: [
    {
      title: 'communities, with whom they are for',
      path: '/etc/snmp/snmpd.conf',
      text: 'rocommunity oak-leaf-7 10.0.0.0/8\n#rwcommunity rowan.19 localhost\nrocommunity6 elm-4 default -V systemonly\ncom2sec readonly  192.0.2.0/24  birch\ncom2sec -Cn ctx all default alder\ntrap2sink 192.0.2.9 hazel\nsyslocation here\n',
      finds: [
        { line: 1, system: '10.0.0.0/8', secret: 'shared-secret' },
        { line: 2, system: 'localhost', state: 'commented' },
        { line: 3 },
        { line: 4, system: '192.0.2.0/24' },
        { line: 5 },
        { line: 6, system: '192.0.2.9' },
      ],
    },
    {
      title: 'accounts with phrases, and what is kept of them',
      path: '/var/lib/snmp/snmpd.conf',
      text: 'createUser alice SHA "oak-leaf-7 x" AES rowan.19\ncreateUser -e 0x80001f88 bob MD5 elm-elm-4\nusmUser 1 3 0x80001f8880e5 "carol" "carol" NULL .1.3.6.1.6.3.10.1.1.3 0x0123456789abcdef0123456789abcdef01234567 .1.3.6.1.6.3.10.1.2.4 0x0123456789abcdef0123456789abcdef ""\n',
      finds: [
        { line: 1, account: 'alice', name: 'createuser.auth' },
        { line: 1, account: 'alice', name: 'createuser.priv' },
        { line: 2, account: 'bob' },
        { line: 3, is: 'key', account: 'carol' },
        { line: 3, is: 'key', account: 'carol' },
      ],
    },
    {
      title: 'what clients and traps use',
      path: 'etc/snmp/snmp.conf',
      text: 'defCommunity oak-leaf-7\ndefSecurityName alice\ndefAuthPassphrase rowan.19\ntrapsess -v 3 -u bob -l authPriv -a SHA -A "elm 4 elm" -x AES -X birch-birch 192.0.2.1\nauthCommunity log,execute,net alder\n',
      finds: [
        { line: 1, secret: 'shared-secret' },
        { line: 3 },
        { line: 4, account: 'bob', system: '192.0.2.1' },
        { line: 4, account: 'bob', system: '192.0.2.1' },
        { line: 5 },
      ],
    },
    {
      title: 'what CUPS looks for printers with',
      path: '/etc/cups/snmp.conf',
      text: 'Address @LOCAL\nCommunity public\n',
      finds: [{ line: 2, secret: 'shared-secret' }],
    },
    {
      title: 'accounts without phrases, and what explains the file',
      path: 'etc/snmp/snmpd.conf',
      text: '# rocommunity: a SNMPv1/SNMPv2c read-only access community name\n#   arguments:  community [default|hostname|network/bits] [oid]\nrouser authPrivUser authpriv -V systemonly\ncreateUser dave\naccess group "" any noauth exact all none none\nmibs :\n',
      finds: [],
    },
  ],
})

const shared = { secret: 'shared-secret', service: 'snmp' } as const
const COMMUNITY = /^r[ow]community6?$/
const ADDRESS = /^[\w.:[\]/*-]{1,255}$/

function* secretsOf(name: string, words: readonly Word[], commented: boolean): Iterable<Sighting> {
  const [, first, second, third] = words
  const say = (word: Word, facts: Parameters<typeof secretOf>[1]) => secretOf(word, { ...facts, commented })
  const sentence = commented && words.length > 6
  if (COMMUNITY.test(name)) {
    const source = second?.text
    if (
      !sentence &&
      first !== undefined &&
      (!commented || source === undefined || ADDRESS.test(source)) &&
      !name.endsWith(':')
    )
      yield say(first, {
        name,
        ...shared,
        system: source === 'default' || source?.startsWith('-') ? undefined : source,
      })
  } else if (name === 'com2sec' || name === 'com2sec6' || name === 'com2secunix') {
    // A context may stand in front.
    const rest = second !== undefined && first?.text === '-Cn' ? words.slice(3) : words.slice(1)
    const [, source, community] = name === 'com2secunix' ? [rest[0], undefined, rest[2] ?? rest[1]] : rest
    if (!sentence && community !== undefined)
      yield say(community, { name, ...shared, system: source?.text === 'default' ? undefined : source?.text })
  } else if (/^(?:trap|trap2|inform)sink$/.test(name)) {
    if (!sentence && second !== undefined) yield say(second, { name, ...shared, system: first?.text })
  } else if (
    // So CUPS has it.
    name === 'community' ||
    name === 'trapcommunity' ||
    name === 'defcommunity' ||
    name === 'agentxcommunity' ||
    name === 'smuxcommunity'
  ) {
    if (first !== undefined && (!commented || words.length === 2)) yield say(first, { name, ...shared })
  } else if (name === 'smuxpeer') {
    if (second !== undefined && !sentence) yield say(second, { name, ...shared, system: first?.text })
  } else if (name === 'authcommunity') {
    if (second !== undefined && /^[a-z,]+$/.test(first!.text) && !sentence)
      yield say(second, { name, ...shared, system: third?.text === 'default' ? undefined : third?.text })
  } else if (/^def(?:auth|priv)?passphrase$/.test(name)) {
    if (!commented || words.length === 2) yield say(first!, { name, service: 'snmp' })
  } else if (/^def(?:auth|priv)(?:localized|master)key$/.test(name)) {
    if (!commented || words.length === 2)
      yield say(first!, { name, secret: 'symmetric-key', service: 'snmp', valueClass: 'key' })
  } else if (name === 'createuser') yield* createdUser(name, words, say)
  else if (name === 'usmuser') yield* keptUser(name, words, say)
  else if (/^(?:trapsess|proxy|authtrapsess|informsess)$/.test(name)) yield* session(name, words, say)
}

type Say = (word: Word, facts: Parameters<typeof secretOf>[1]) => Sighting

const HASHES = /^(?:MD5|SHA(?:-?\d{3})?)$/i
const CIPHERS = /^(?:DES|3?DES|AES(?:-?\d{3}c?)?)$/i

/** `createUser [-e engine] name [MD5|SHA] phrase [DES|AES] [phrase]`; keys instead of phrases have `-l` or `-m` in front. */
function* createdUser(name: string, words: readonly Word[], say: Say): Iterable<Sighting> {
  const rest = words.slice(words[1]?.text === '-e' ? 3 : 1)
  const account = rest[0]?.text
  let kind: 'auth' | 'priv' | undefined
  for (const word of rest.slice(1)) {
    if (!word.quoted && HASHES.test(word.text)) kind = 'auth'
    else if (!word.quoted && CIPHERS.test(word.text)) kind = 'priv'
    else if (word.text === '-l' || word.text === '-m') continue
    else if (kind !== undefined) {
      yield say(word, { name: `${name}.${kind}`, account, service: 'snmp' })
      kind = undefined
    }
  }
}

/** What the agent keeps: engine, names, then for both protocols their number and the key that is made of the phrase for that engine. */
function* keptUser(name: string, words: readonly Word[], say: Say): Iterable<Sighting> {
  const account = accountOf(words[4]?.text ?? '')
  for (const [index, kind] of [
    [8, 'auth'],
    [10, 'priv'],
  ] as const) {
    const word = words[index]
    if (word !== undefined && /^0x[0-9a-f]{16,}$/i.test(word.text))
      yield say(word, { name: `${name}.${kind}`, secret: 'symmetric-key', account, service: 'snmp', valueClass: 'key' })
  }
}

/** Names are kept as text, or in hexadecimal with a zero at the end. */
const accountOf = (text: string): string =>
  /^0x(?:[0-9a-f]{2})+$/i.test(text)
    ? text.slice(2).replaceAll(/../g, (pair) => (pair === '00' ? '' : String.fromCodePoint(Number.parseInt(pair, 16))))
    : text

/** What snmpcmd(1) takes as arguments. */
function* session(name: string, words: readonly Word[], say: Say): Iterable<Sighting> {
  const given = (option: string) => words[words.findIndex(({ text, quoted }) => !quoted && text === option) + 1]
  const system = words
    .slice(1)
    .find(
      ({ text, quoted }, index, all) => !quoted && !text.startsWith('-') && !TAKES.test(all[index - 1]?.text ?? ''),
    )?.text
  for (const [option, kind] of [
    ['-A', 'auth'],
    ['-X', 'priv'],
    ['-c', 'community'],
  ] as const) {
    const word = words.some(({ text }) => text === option) ? given(option) : undefined
    if (word === undefined) continue
    yield say(word, {
      name: `${name}.${kind}`,
      secret: kind === 'community' ? 'shared-secret' : 'password',
      account: kind === 'community' || !words.some(({ text }) => text === '-u') ? undefined : given('-u')?.text,
      system,
      service: 'snmp',
    })
  }
}

const TAKES = /^-[a-zA-Z]$/
