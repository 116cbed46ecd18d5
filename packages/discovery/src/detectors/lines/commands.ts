import type { SecretKind } from '../detector.ts'
import { wordsOf, type Word } from '../readers/words-of.ts'

/** What a command line tells of a secret among its arguments. */
export interface Argument {
  readonly word: Word
  /** Where in the written word it begins, and how long it is. */
  readonly from: number
  readonly length: number
  readonly value: string
  readonly secret: SecretKind
  readonly name: string
  readonly account?: string
  readonly system?: string
  readonly service?: string
}

/** Which arguments of a program hold secrets, in its own spelling. */
interface Program {
  readonly service?: string
  /** The secret is the next argument, or stands joined to the option. */
  readonly next?: readonly string[]
  readonly joined?: readonly string[]
  /** Name and secret stand together, parted by this. */
  readonly login?: readonly string[]
  readonly parted?: string
  readonly user?: readonly string[]
  readonly host?: readonly string[]
  readonly secret?: SecretKind
  /** Arguments by their place behind a word: `add_user NAME PASSWORD`. */
  readonly behind?: { readonly word: RegExp; readonly account?: number; readonly secret: number }
}

const MYSQL: Program = { service: 'mysql', joined: ['-p'], user: ['-u', '--user'], host: ['-h', '--host'] }
const LDAP: Program = { service: 'ldap', next: ['-w'], joined: ['-w'], user: ['-D'], host: ['-H', '-h'] }
const LDAP_PASSWD: Program = { ...LDAP, next: ['-w', '-s', '-a'] }
const SMB: Program = { service: 'smb', login: ['-U', '--user'], parted: '%' }
const MONGO: Program = {
  service: 'mongodb',
  next: ['-p'],
  joined: ['-p'],
  user: ['-u', '--username'],
  host: ['--host', '-h'],
}
const MSSQL: Program = { service: 'mssql', next: ['-P'], joined: ['-P'], user: ['-U'], host: ['-S', '-H'] }
const SNMP: Program = {
  service: 'snmp',
  next: ['-c', '-A', '-X', '-a', '-x'],
  joined: ['-c'],
  user: ['-u'],
  secret: 'shared-secret',
}
const MQTT: Program = { service: 'mqtt', next: ['-P', '--pw'], user: ['-u', '--username'], host: ['-h', '--host'] }
const REGISTRY: Program = { service: 'docker', next: ['-p'], user: ['-u', '--username'] }

const PROGRAMS: Readonly<Record<string, Program>> = {
  mysql: MYSQL,
  mysqldump: MYSQL,
  mysqladmin: { ...MYSQL, behind: { word: /^password$/, secret: 1 } },
  mysqlimport: MYSQL,
  mysqlcheck: MYSQL,
  mysqlshow: MYSQL,
  mysqlslap: MYSQL,
  mysqlsh: MYSQL,
  mariadb: MYSQL,
  'mariadb-dump': MYSQL,
  'mariadb-admin': { ...MYSQL, behind: { word: /^password$/, secret: 1 } },
  xtrabackup: MYSQL,
  curl: { login: ['-u', '--user', '-U', '--proxy-user'], parted: ':' },
  http: { login: ['-a', '--auth'], parted: ':' },
  sshpass: { service: 'ssh', next: ['-p'], joined: ['-p'] },
  plink: { service: 'ssh', next: ['-pw'], user: ['-l'] },
  pscp: { service: 'ssh', next: ['-pw'], user: ['-l'] },
  'redis-cli': {
    service: 'redis',
    next: ['-a', '--pass'],
    user: ['--user'],
    host: ['-h'],
    behind: { word: /^(?:auth|AUTH|requirepass|masterauth)$/, secret: 1 },
  },
  'keydb-cli': { service: 'redis', next: ['-a', '--pass'], host: ['-h'] },
  ldapsearch: LDAP,
  ldapadd: LDAP,
  ldapmodify: LDAP,
  ldapdelete: LDAP,
  ldapwhoami: LDAP,
  ldapcompare: LDAP,
  ldapmodrdn: LDAP,
  ldapexop: LDAP,
  ldappasswd: LDAP_PASSWD,
  smbclient: SMB,
  rpcclient: SMB,
  smbget: SMB,
  smbtree: SMB,
  smbcacls: SMB,
  winexe: SMB,
  wmic: SMB,
  'samba-tool': SMB,
  mongo: MONGO,
  mongosh: MONGO,
  mongodump: MONGO,
  mongorestore: MONGO,
  mongoexport: MONGO,
  mongoimport: MONGO,
  sqlcmd: MSSQL,
  osql: MSSQL,
  bcp: MSSQL,
  tsql: MSSQL,
  cqlsh: { service: 'cassandra', next: ['-p'], user: ['-u'] },
  snmpwalk: SNMP,
  snmpget: SNMP,
  snmpset: SNMP,
  snmpbulkwalk: SNMP,
  snmptrap: SNMP,
  snmpgetnext: SNMP,
  mosquitto_pub: MQTT,
  mosquitto_sub: MQTT,
  mosquitto_passwd: { service: 'mqtt', behind: { word: /^-b$/, account: 2, secret: 3 } },
  ipmitool: { service: 'ipmi', next: ['-P'], user: ['-U'], host: ['-H'], behind: { word: /^password$/, secret: 2 } },
  useradd: { next: ['-p'] },
  usermod: { next: ['-p'] },
  lftp: { login: ['-u'], parted: ',' },
  ncftpget: { service: 'ftp', next: ['-p'], user: ['-u'] },
  ncftpput: { service: 'ftp', next: ['-p'], user: ['-u'] },
  htpasswd: { service: 'http', behind: { word: /^-[a-zA-Z]*b[a-zA-Z]*$/, account: 2, secret: 3 } },
  radtest: { service: 'radius', behind: { word: /^(?!-)/, account: 0, secret: 1 } },
  rabbitmqctl: {
    service: 'rabbitmq',
    behind: { word: /^(?:add_user|change_password|authenticate_user)$/, account: 1, secret: 2 },
  },
  docker: REGISTRY,
  podman: REGISTRY,
  buildah: REGISTRY,
  skopeo: REGISTRY,
  helm: REGISTRY,
  oc: { service: 'kubernetes', next: ['-p'], user: ['-u'] },
  az: { service: 'azure', next: ['-p'], user: ['-u'] },
  kinit: { service: 'kerberos', next: ['<<<'] },
  kadmin: { service: 'kerberos', next: ['-w', '-pw'], user: ['-p'] },
  'kadmin.local': { service: 'kerberos', next: ['-pw'] },
  addprinc: { service: 'kerberos', next: ['-pw'] },
  rdesktop: { service: 'rdp', next: ['-p'], user: ['-u'] },
  xfreerdp: { service: 'rdp', joined: ['/p:'] },
  wlfreerdp: { service: 'rdp', joined: ['/p:'] },
  pppd: { service: 'ppp', next: ['password'], user: ['user'] },
  iwconfig: { service: 'wifi', next: ['key', 'enc'] },
  vault: { service: 'vault', secret: 'token', behind: { word: /^login$/, secret: 1 } },
  zip: { next: ['-P'] },
  unzip: { next: ['-P'] },
  '7z': { joined: ['-p'] },
  '7za': { joined: ['-p'] },
  vncpasswd: {},
  influx: { service: 'influxdb', next: ['-password'], user: ['-username'], host: ['-host'] },
  psql: {},
  sqlplus: { service: 'oracle' },
  wget: { next: ['--http-password', '--ftp-password'], user: ['--user', '--http-user', '--ftp-user'] },
  net: { service: 'windows', behind: { word: /^user$/i, account: 1, secret: 2 } },
}

/** Programs whose names begin the search for arguments. `net` is too short to be looked for alone. */
export const PROGRAM_WORDS: readonly string[] = [
  ...Object.keys(PROGRAMS).filter((name) => name.length > 3 && !/^(?:http|mongo|helm|mysql|mariadb|vault)$/.test(name)),
  'mysql ',
  'mariadb ',
  'mongo ',
  'http -',
  'oc login',
  'vault login',
  'sudo -s',
  'az login',
  'zip -',
  '7z a',
  'bcp ',
  'net user',
]

const MOST_WORDS = 60

/** The secrets among the arguments of the command whose name ends at some place of a line. */
export function* argumentsBehind(line: string, nameEnds: number): Generator<Argument> {
  let from = nameEnds
  while (from > 0 && nameEnds - from < 24 && /[\w.-]/.test(line[from - 1]!)) from--
  const name = /^[\w.-]+/.exec(line.slice(from, from + 24))?.[0] ?? ''
  const program = Object.hasOwn(PROGRAMS, name) ? PROGRAMS[name] : undefined
  const before = line[from - 1] ?? ' '
  if (program === undefined || !/[\s/"'`;|&(={]/.test(before) || !/\s/.test(line[from + name.length] ?? '')) return
  const words = wordsOf(line.slice(from + name.length, commandEnd(line, from + name.length)), from + name.length).slice(
    0,
    MOST_WORDS,
  )
  const account = argumentOf(words, program.user ?? [])
  const system = argumentOf(words, program.host ?? []) ?? systemIn(words)
  const found = (
    word: Word,
    skip: number,
    option: string,
    more: { account?: string; length?: number } = {},
  ): Argument => ({
    word,
    from: word.at + skip,
    length: more.length ?? word.length - skip,
    value: word.word.slice(skip, more.length === undefined ? undefined : skip + more.length),
    secret: program.secret ?? 'password',
    name: `${name} ${option}`,
    ...(account === undefined ? {} : { account }),
    ...(system === undefined ? {} : { system }),
    ...(program.service === undefined ? {} : { service: program.service }),
    ...(more.account === undefined ? {} : { account: more.account }),
  })
  for (const [index, word] of words.entries()) {
    const text = word.word
    const next = words[index + 1]
    if (program.next?.includes(text) === true && next !== undefined && !next.word.startsWith('-'))
      yield found(next, 0, text)
    const joined = program.joined?.find(
      (option) => text.startsWith(option) && text.length > option.length && !text.startsWith('--'),
    )
    if (joined !== undefined && program.next?.includes(text) !== true)
      yield found(word, joined.length + (word.quoted ? 0 : quoteAt(text, joined.length)), joined)
    const login = program.login?.find(
      (option) =>
        text === option ||
        isLastOf(text, option) ||
        (text.startsWith(option) && (!option.startsWith('--') || text[option.length] === '=')),
    )
    if (login !== undefined) {
      const apart = text === login || isLastOf(text, login)
      const held = apart ? next : word
      const skip = apart ? 0 : login.length + (text[login.length] === '=' ? 1 : 0)
      const parted = held?.word.indexOf(program.parted ?? ':', skip) ?? -1
      if (held !== undefined && parted > skip && parted + 1 < held.word.length)
        yield found(held, parted + 1, login, { account: held.word.slice(skip, parted).replace(/^["']/, '') })
    }
    const { behind } = program
    if (behind?.word.test(text) === true) {
      const secret = words[index + behind.secret]
      const whose = behind.account === undefined ? undefined : words[index + behind.account]?.word
      if (secret !== undefined && !/^[-/]/.test(secret.word))
        yield found(
          secret,
          0,
          /^[\w-]{1,24}$/.test(text) && behind.account !== 0 ? text : '',
          whose === undefined ? {} : { account: whose },
        )
      break
    }
  }
}

/** Whether options of one letter are joined, and this is the last, which takes what follows: `-su`. */
const isLastOf = (text: string, option: string): boolean =>
  option.length === 2 && /^-[A-Za-z]{2,6}$/.test(text) && text.endsWith(option[1]!)

/** A quote that begins behind an option, also one that the string around it escapes. */
const quoteAt = (text: string, at: number) =>
  text[at] === '\\' && (text[at + 1] === '"' || text[at + 1] === "'") ? 2 : text[at] === '"' || text[at] === "'" ? 1 : 0

/** Where a command ends: at what joins it to the next one, outside of quotes. */
const commandEnd = (line: string, from: number): number => {
  let quote = ''
  for (let index = from; index < Math.min(line.length, from + 2000); index++) {
    const character = line[index]!
    if (quote !== '') {
      if (character === quote) quote = ''
    } else if (character === '"' || character === "'") quote = character
    else if (character === '|' || character === ';' || (character === '&' && line[index + 1] === '&')) return index
  }
  return Math.min(line.length, from + 2000)
}

const argumentOf = (words: readonly Word[], options: readonly string[]): string | undefined => {
  for (const [index, { word }] of words.entries())
    for (const option of options) {
      if (word === option) return words[index + 1]?.word
      if (word.startsWith(`${option}=`)) return word.slice(option.length + 1)
      if (option.length === 2 && word.startsWith(option) && word.length > 2) return word.slice(2)
    }
  return undefined
}

/** The URL, the share or the login of SSH among some arguments. */
const systemIn = (words: readonly Word[]): string | undefined =>
  words.find(({ word }) => /^(?:[a-z][a-z0-9+.-]{1,20}:\/\/|\/\/|\\\\)[^\s:@]+$/i.test(word))?.word ??
  words.find(({ word }) => /^[\w.-]{1,64}@[\w.-]{1,253}(?::|$)/.test(word))?.word.replace(/^[^@]*@|:.*$/g, '')
