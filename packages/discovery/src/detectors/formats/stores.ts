import { credentialFormat, type CredentialFile, type SecretKind } from '../detector.ts'
import { sighting } from '../readers/sighting.ts'

/**
 * Files that keep secrets behind a lock of their own. Told is that they are there, what they are and whose, where the beginning says
 * that they are what their name says.
 */
export default credentialFormat({
  id: 'stores',
  title:
    'Stores of secrets: KeePass, keyrings of desktops, browsers, NSS, samba, ticket caches, images behind a passphrase',
  files: [
    '*.kdbx',
    '*.kdb',
    '*.keyring',
    '*.keystore',
    '*.kwl',
    '*.psafe3',
    '*.1pif',
    '*.opvault',
    '*.agilekeychain',
    'key3.db',
    'key4.db',
    'logins.json',
    'signons.sqlite',
    'cert9.db',
    'login data',
    'login data for account',
    'web data',
    'credentials.db',
    'access_tokens.db',
    'credential.db',
    'secrets.tdb',
    'passdb.tdb',
    'krb5cc_*',
    'krb5cc',
    'tkt',
    '.k5tkt',
    'stash',
    '.k5.*',
    'cdp.keytab',
    '*.luks',
    'elasticsearch.keystore',
    'logstash.keystore',
    'kibana.keystore',
    'opensearch.keystore',
    '*beat.keystore',
    'dbeaver*/credentials-config.json',
    'credentials-config.json',
    '*.gpg',
    '*.pgp',
    '*.age',
    'connections.sqlite',
    'secret.tdb',
    'wallet.dat',
    'cwallet.sso',
    'ewallet.p12',
    'credentials.xml.enc',
    '*.credstore',
    '*.jasypt',
    '.mylogin.cnf',
    'mylogin.cnf',
    '*.cred',
    'credstore/*',
    'credstore.encrypted/*',
    'secrets.ldb',
  ],
  content: 'any',
  whole: true,

  *read(file) {
    const name = file.path.toLowerCase()
    const store = STORES.find(({ path, magic }) => path.test(name) && magic(file))
    if (store === undefined) return
    const { secret = 'store', value = 'encrypted', scheme, service } = store
    yield sighting({ at: 0, length: 0, secret, valueClass: value, scheme, service, account: store.account?.(file) })
  },

  examples: [
    {
      title: 'a database of KeePass',
      path: '/home/a/work.kdbx',
      text: Uint8Array.of(0x03, 0xd9, 0xa2, 0x9a, 0x67, 0xfb, 0x4b, 0xb5, 1, 0, 4, 0),
      finds: [{ line: 1, is: 'encrypted', secret: 'store', service: 'keepass' }],
    },
    {
      title: 'the tickets of an account in a realm: who has the file has its rights until they expire',
      path: '/tmp/krb5cc_1000',
      text: Uint8Array.of(
        5,
        4,
        0,
        0,
        0,
        0,
        0,
        1,
        0,
        0,
        0,
        1,
        0,
        0,
        0,
        3,
        69,
        88,
        77,
        0,
        0,
        0,
        5,
        97,
        108,
        105,
        99,
        101,
        0,
      ),
      finds: [{ line: 1, is: 'key', secret: 'token', account: 'alice@EXM', service: 'kerberos' }],
    },
    {
      title: 'logins that a browser keeps, with the file that opens them beside it',
      path: '/home/a/.mozilla/firefox/x.default/logins.json',
      text: '{"nextId":2,"logins":[{"id":1,"hostname":"https://example.org","encryptedUsername":"MDIE","encryptedPassword":"MDoE"}]}',
      finds: [{ line: 1, is: 'encrypted', secret: 'store', service: 'browser' }],
    },
    {
      title: 'the login file of MySQL clients, which they all can open',
      path: '/root/.mylogin.cnf',
      text: new Uint8Array([
        0,
        0,
        0,
        0,
        ...Array.from({ length: 20 }, (_, index) => index),
        16,
        0,
        0,
        0,
        ...Array.from({ length: 16 }, () => 7),
      ]),
      finds: [{ line: 1, is: 'encrypted', service: 'mysql' }],
    },
    { title: 'a file that only is called so', path: '/srv/notes.kdbx', text: 'nothing here\n', finds: [] },
    {
      title: 'no logins are kept',
      path: '/home/a/.mozilla/firefox/x/logins.json',
      text: '{"nextId":1,"logins":[]}',
      finds: [],
    },
  ],
})

interface Store {
  readonly path: RegExp
  readonly magic: (file: CredentialFile) => boolean
  readonly secret?: SecretKind
  readonly value?: 'encrypted' | 'key'
  readonly scheme?: string
  readonly service: string
  readonly account?: (file: CredentialFile) => string | undefined
}

const begins =
  (...bytes: readonly number[]) =>
  ({ bytes: content }: CredentialFile) =>
    bytes.every((byte, index) => content[index] === byte)

const beginsWith = (text: string) => begins(...Array.from(text, (sign) => sign.charCodeAt(0)))

const SQLITE = beginsWith('SQLite format 3\0')

/** Berkeley databases of NSS before 2018: version 2 of the hash access method, in either order of bytes. */
const BERKELEY: Store['magic'] = (file) => begins(0, 6, 0x15, 0x61)(file) || begins(0x61, 0x15, 6, 0)(file)
const TDB = beginsWith('TDB file\n')

/** Whether some text stands in the first 256 KiB, as the names of tables do. */
const holds = (text: string): Store['magic'] => {
  const wanted = new TextEncoder().encode(text)
  return ({ bytes }) => indexOf(bytes.subarray(0, 262_144), wanted) >= 0
}

const indexOf = (bytes: Uint8Array, wanted: Uint8Array): number => {
  for (let at = bytes.indexOf(wanted[0]!); at >= 0; at = bytes.indexOf(wanted[0]!, at + 1))
    if (wanted.every((byte, index) => bytes[at + index] === byte)) return at
  return -1
}

const both =
  (one: Store['magic'], other: Store['magic']): Store['magic'] =>
  (file) =>
    one(file) && other(file)

const STORES: readonly Store[] = [
  { path: /\.kdbx?$/, magic: begins(0x03, 0xd9, 0xa2, 0x9a), scheme: 'keepass', service: 'keepass' },
  { path: /\.keyring$/, magic: beginsWith('GnomeKeyring\n\r\0\n'), scheme: 'gnome-keyring', service: 'keyring' },
  { path: /\.kwl$/, magic: beginsWith('KWALLET\n\r\0\r\n'), scheme: 'kwallet', service: 'keyring' },
  { path: /\.psafe3$/, magic: beginsWith('PWS3'), scheme: 'password-safe', service: 'password-safe' },
  { path: /\/(?:key4|cert9)\.db$|^key4\.db$/, magic: both(SQLITE, holds('nssPrivate')), scheme: 'nss', service: 'nss' },
  { path: /(?:^|\/)key3\.db$/, magic: BERKELEY, scheme: 'nss', service: 'nss' },
  {
    path: /(?:^|\/)logins\.json$/,
    magic: ({ text }) => text.includes('"encryptedPassword"'),
    scheme: 'nss',
    service: 'browser',
  },
  { path: /(?:^|\/)signons\.sqlite$/, magic: SQLITE, scheme: 'nss', service: 'browser' },
  {
    path: /(?:^|\/)login data(?: for account)?$/,
    magic: both(SQLITE, holds('password_value')),
    scheme: 'chromium',
    service: 'browser',
  },
  {
    path: /(?:^|\/)(?:credentials|access_tokens)\.db$/,
    magic: both(SQLITE, holds('account_id')),
    secret: 'token',
    value: 'key',
    service: 'gcp',
  },
  { path: /(?:^|\/)(?:secrets|passdb|secret)\.tdb$/, magic: TDB, value: 'key', service: 'samba' },
  { path: /(?:^|\/)secrets\.ldb$/, magic: TDB, value: 'key', service: 'samba' },
  {
    path: /(?:^|\/)(?:krb5cc[\w.-]*|tkt|\.k5tkt)$/,
    magic: ({ bytes }) => bytes[0] === 5 && bytes[1]! >= 1 && bytes[1]! <= 4 && bytes.length > 16,
    secret: 'token',
    value: 'key',
    service: 'kerberos',
    account: ({ bytes }) => ticketOwner(bytes),
  },
  {
    path: /(?:^|\/)\.k5\.[\w.-]+$|(?:^|\/)stash$/,
    magic: ({ bytes }) => bytes[0] === 5 && bytes[1] === 2,
    secret: 'symmetric-key',
    value: 'key',
    service: 'kerberos',
  },
  { path: /./, magic: beginsWith('LUKS\u00ba\u00be'), scheme: 'luks', service: 'disk' },
  {
    path: /\.keystore$/,
    magic: ({ bytes }) => new TextDecoder('latin1').decode(bytes.subarray(0, 64)).includes('elasticsearch.keystore'),
    scheme: 'elasticsearch-keystore',
    service: 'elasticsearch',
  },
  {
    path: /(?:^|\/)(?:opensearch|logstash|kibana|\w{1,32}beat)\.keystore$/,
    magic: ({ bytes }) => bytes.length > 16,
    scheme: 'keystore',
    service: 'elasticsearch',
  },
  {
    path: /dbeaver[^/]*\/[^\n]*credentials-config\.json$|\.dbeaver\/credentials-config\.json$|(?:^|\/)credentials-config\.json$/,
    magic: ({ bytes }) => bytes.length >= 32 && bytes.length % 16 === 0 && bytes[0] !== 0x7b,
    scheme: 'dbeaver',
    service: 'database',
  },
  {
    path: /(?:^|\/)\.?mylogin\.cnf$/,
    magic: ({ bytes }) => bytes.length > 28 && bytes[24]! % 16 === 0 && bytes[25] === 0,
    scheme: 'mysql-login-path',
    service: 'mysql',
  },
  {
    path: /\.(?:gpg|pgp)$/,
    magic: ({ bytes, text }) =>
      text.startsWith('-----BEGIN PGP MESSAGE-----') || [0x84, 0x85, 0x8c, 0xc1, 0xc3].includes(bytes[0] ?? 0),
    scheme: 'openpgp',
    service: 'openpgp',
  },
  {
    path: /\.age$/,
    magic: ({ bytes, text }) =>
      text.startsWith('-----BEGIN AGE ENCRYPTED FILE-----') ||
      beginsWith('age-encryption.org/v')({ path: '', bytes, text: '', truncated: false }),
    scheme: 'age',
    service: 'age',
  },
  { path: /(?:^|\/)cwallet\.sso$/, magic: begins(0xa1, 0xf8, 0x4e), scheme: 'oracle-wallet', service: 'oracle' },
  {
    path: /(?:^|\/)wallet\.dat$/,
    magic: ({ bytes }) =>
      begins(0x62, 0x31, 0x05, 0)({ path: '', bytes: bytes.subarray(12), text: '', truncated: false }),
    value: 'key',
    service: 'bitcoin',
  },
  {
    path: /\.cred$|\/credstore(?:\.encrypted)?\/[^/]+$/,
    magic: ({ text }) => SYSTEMD_CREDENTIALS.test(text),
    scheme: 'systemd-creds',
    service: 'systemd',
  },
]

/** What systemd-creds writes: base64 of an identifier of the kind of key, which is one of some. */
const SYSTEMD_CREDENTIALS = /^(?:Whxqht\+d|DHzAexF2|k6iUCUh0|\+vfrk0Hj|r0lQqEkT)[A-Za-z0-9+/=\s]{40,1000000}$/

/** The default principal of a cache of tickets: behind its header in version 4, at once before. */
const ticketOwner = (bytes: Uint8Array): string | undefined => {
  const version = bytes[1]!
  const little = version < 3
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 2
  const number = (size: 2 | 4) => {
    if (at + size > bytes.length) return undefined
    const value = size === 2 ? view.getUint16(at, little) : view.getUint32(at, little)
    at += size
    return value
  }
  const text = () => {
    const length = number(4)
    if (length === undefined || length > 256 || at + length > bytes.length) return undefined
    at += length
    return new TextDecoder().decode(bytes.subarray(at - length, at))
  }
  const header = version === 4 ? number(2) : 0
  at += header ?? 0
  if (version > 1) number(4)
  const count = number(4)
  if (count === undefined || count > 16) return undefined
  const parts = Array.from({ length: version === 1 ? count : count + 1 }, text)
  if (parts.includes(undefined)) return undefined
  const principal = `${parts.slice(1).join('/')}@${parts[0]}`
  return /^[\w./@$-]{2,256}$/.test(principal) ? principal : undefined
}
