import { credentialFormat, type CredentialFile, type Embedded, type Sighting } from '../detector.ts'
import { linesOf } from '../readers/lines-of.ts'
import { sighting } from '../readers/sighting.ts'
import { wordsOf } from '../readers/words-of.ts'

/**
 * What people typed: each history is read as the language that its program takes, without the marks and times that the program
 * keeps between the commands.
 */
export default credentialFormat({
  id: 'histories',
  title: 'Histories of shells and of clients of databases: commands and statements that hold secrets',
  files: [
    '.bash_history',
    '.zsh_history',
    '.zhistory',
    '.histfile',
    '.sh_history',
    '.ash_history',
    '.ksh_history',
    '.mksh_history',
    '.history',
    '.tcsh_history',
    '.csh_history',
    '.dash_history',
    'fish_history',
    '*_history',
    '.bash_history-*',
    '.bash_history.*',
    'consolehost_history.txt',
    '.nu_history',
    'bash_history',
    'zsh_history',
    '.mysql_history',
    '.mariadb_history',
    '.psql_history',
    '.psql_history-*',
    '.pgcli_history',
    '.mycli-history',
    '.sqlite_history',
    '.sqlplus_history',
    '.clickhouse-client-history',
    '.isql_history',
    '.cassandra/cqlsh_history',
    '.vertica_history',
    '.duckdb_history',
    '.python_history',
    '.node_repl_history',
    '.irb_history',
    '.irb-history',
    '.pry_history',
    '.php_history',
    '.local/share/ipython/history',
    '.rdbg_history',
    '.scala_history',
    '.rediscli_history',
    '.keydbcli_history',
    '.valkeycli_history',
    '.dbshell',
    '.mongo_history',
    '.mongosh/mongosh_repl_history',
    'mongosh_repl_history',
    '.mongorc.js',
    '.influx_history',
    '.influx/history',
    '.lftp/cwd_history',
    '.lesshst',
    '.ldapvi_history',
    '.smbclient_history',
  ],
  whole: true,

  *read(file) {
    const kind = kindOf(file.path)
    for (const line of linesOf(file.text)) {
      if (line.text.length > 8192) continue
      if (kind === 'redis') yield* redis(line.text, line.at)
      else if (kind === 'mongo') yield* mongo(line.text, line.at)
      else if (kind === 'fish') yield* fish(line.text, line.at)
    }
  },

  *holds(file) {
    const kind = kindOf(file.path)
    if (kind !== undefined) yield plain(file, LANGUAGES[kind])
  },

  examples: [
    {
      title: 'what a client of Redis was told',
      path: '/root/.rediscli_history',
      text: 'auth oak-leaf-7\nAUTH alice rowan-19\nacl setuser bob on >alder-3 ~* +@all\nget auth\n',
      finds: [
        { line: 1, name: 'auth', service: 'redis' },
        { line: 2, account: 'alice' },
        { line: 3, account: 'bob' },
      ],
    },
    {
      title: 'of MongoDB',
      path: '/root/.mongosh/mongosh_repl_history',
      text: "db.auth('alice', 'oak-leaf-7')\ndb.createUser({user: 'bob', pwd: 'rowan-19', roles: []})\ndb.changeUserPassword(\"carol\", \"birch-12\")\ndb.auth('dave', passwordPrompt())\nshow dbs\n",
      finds: [
        { line: 1, account: 'alice', service: 'mongodb' },
        { line: 2, account: 'bob' },
        { line: 3, account: 'carol' },
      ],
    },
    {
      title: 'fish keeps commands among times and paths',
      path: '/root/.local/share/fish/fish_history',
      text: '- cmd: set -gx DB_PASSWORD oak-leaf-7\n  when: 1700000000\n- cmd: ls\n  when: 1700000001\n  paths:\n    - x\n',
      finds: [{ line: 1, name: 'DB_PASSWORD' }],
    },
    { title: 'nothing was told', path: '/root/.bash_history', text: '#1700000000\nls -la\ncd /etc\n', finds: [] },
  ],
})

type Kind = 'shell' | 'fish' | 'sql' | 'python' | 'script' | 'ruby' | 'redis' | 'mongo'

const kindOf = (path: string): Kind | undefined => {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase()
  return KINDS.find(([pattern]) => pattern.test(name))?.[1]
}

const KINDS: readonly (readonly [RegExp, Kind])[] = [
  [/fish_history$/, 'fish'],
  [/redis|keydb|valkey/, 'redis'],
  [/mongo|\.dbshell$/, 'mongo'],
  [/mysql|mariadb|psql|pgcli|mycli|sql|cql|clickhouse|vertica|duckdb|influx/, 'sql'],
  [/python|ipython/, 'python'],
  [/node|scala/, 'script'],
  [/irb|pry|rdbg/, 'ruby'],
  [/php/, 'script'],
  [/history|histfile/, 'shell'],
]

/** The name of a file in the language of each. */
const LANGUAGES: Readonly<Record<Kind, string>> = {
  shell: 'history.sh',
  fish: 'history.sh',
  sql: 'history.sql',
  python: 'history.py',
  script: 'history.js',
  ruby: 'history.rb',
  redis: 'history.sh',
  mongo: 'history.js',
}

/** Marks become blanks, so that places stay; what clients with libedit write as octal numbers becomes what it stands for. */
const plain = ({ text }: CredentialFile, path: string): Embedded => {
  const clean = text.replaceAll(MARKS, (mark) => ' '.repeat(mark.length))
  if (!/\\[01]\d\d/.test(clean)) return { path, text: clean, place: (at, length) => ({ at, length }) }
  const places: number[] = []
  let decoded = ''
  for (const match of clean.matchAll(/\\([01][0-7]{2})|\\\\|[^\\]{1,65536}|\\/g)) {
    const [whole, octal] = match
    const stands =
      octal === undefined ? (whole === '\\\\' ? '\\' : whole) : String.fromCharCode(Number.parseInt(octal, 8))
    for (let index = 0; index < stands.length; index++)
      places.push(match.index + (stands.length === whole.length ? index : 0))
    decoded += stands
  }
  places.push(clean.length)
  return {
    path,
    text: decoded,
    place: (at, length) => {
      const from = places[at] ?? 0
      return { at: from, length: Math.max(0, (places[at + length] ?? clean.length) - from) }
    },
  }
}

/** Times that bash and zsh keep, what fish puts around commands, the first line of libedit. */
const MARKS = /^(?:#\d{9,11}$|: \d{9,11}:\d{1,9};|- cmd: |[ ]{2}(?:when: \d{1,12}|paths:)$|_HiStOrY_V2_$)/gm

function* redis(line: string, at: number): Generator<Sighting> {
  const words = wordsOf(line, at)
  const [first, second, third] = words
  const command = first?.word.toLowerCase()
  if (command === 'auth' && second !== undefined) {
    const password = third ?? second
    yield sighting({
      ...password,
      value: password.word,
      secret: 'password',
      name: 'auth',
      account: third === undefined ? undefined : second.word,
      service: 'redis',
      quoted: true,
    })
  } else if (command === 'acl' && second?.word.toLowerCase() === 'setuser' && third !== undefined) {
    for (const { word, at: from, length } of words.slice(3))
      if (/^[>#].{2}/.test(word))
        yield sighting({
          at: from + 1,
          length: length - 1,
          secret: 'password',
          name: 'acl setuser',
          account: third.word,
          service: 'redis',
          valueClass: word.startsWith('#') ? 'hash' : 'literal',
          scheme: word.startsWith('#') ? 'sha256' : undefined,
        })
  } else if (command === 'hello') {
    const auth = words.findIndex(({ word }) => word.toLowerCase() === 'auth')
    const password = auth < 0 ? undefined : words[auth + 2]
    if (password !== undefined)
      yield sighting({
        ...password,
        value: password.word,
        secret: 'password',
        name: 'auth',
        account: words[auth + 1]!.word,
        service: 'redis',
        quoted: true,
      })
  }
}

const STRING = String.raw`(["'])((?:(?!\1)[^\\]|\\.){1,512})\1`
const CALL = new RegExp(
  String.raw`\.(?:auth|changeUserPassword|addUser)\(\s{0,8}${STRING},\s{0,8}(["'])((?:(?!\3)[^\\]|\\.){1,512})\3`,
  'g',
)
const MADE = /\.(?:createUser|updateUser|auth)\(.{0,400}?\bpwd["']?:\s{0,8}(["'])((?:(?!\1)[^\\]|\\.){1,512})\1/g

function* mongo(line: string, at: number): Generator<Sighting> {
  const seen = (match: RegExpExecArray, value: string, account: string | undefined) =>
    sighting({
      at: at + match.index + match[0].length - value.length - 1,
      length: value.length,
      secret: 'password',
      name: 'password',
      account,
      service: 'mongodb',
      quoted: true,
    })
  for (const match of line.matchAll(CALL)) yield seen(match, match[4]!, match[2])
  for (const match of line.matchAll(MADE))
    yield seen(match, match[2]!, /\buser["']?:\s{0,8}["']([^"']{1,256})["']/.exec(line)?.[1])
}

/** `set -x NAME value`: an assignment in words. */
function* fish(line: string, at: number): Generator<Sighting> {
  const match =
    /^- cmd: .{0,512}?\bset(?:[ \t]{1,8}-{1,2}[A-Za-z]{1,10}){1,4}[ \t]{1,8}([A-Za-z_]\w{0,127})[ \t]{1,8}/.exec(line)
  if (match === null || !/pass|pwd|secret|token|key|auth|credential/i.test(match[1]!)) return
  const [value] = wordsOf(line.slice(match[0].length, match[0].length + 4096), at + match[0].length)
  if (value === undefined) return
  yield sighting({
    ...value,
    value: value.word,
    secret: 'password',
    name: match[1],
    by: 'name',
    evidence: 'name',
    quoted: value.quoted ? true : undefined,
  })
}
