import { credentialFormat, type Sighting, type ValueClass } from '../detector.ts'
import { linesOf } from '../readers/lines-of.ts'
import { passwordField } from '../dialects/password-field.ts'
import { secretOf } from '../dialects/secret-rules.ts'

export default credentialFormat({
  id: 'password-file',
  title:
    'Accounts with hashes or passwords, parted by colons: `htpasswd`, `htdigest`, copies of `shadow`, those of mail and file servers',
  files: [
    '*htpasswd*',
    '*htdigest*',
    '*lighttpd*user*',
    '*.digest',
    '*pwfile*',
    '*pureftpd.passwd*',
    '*squid*passwd*',
    '*passwd',
    '*.passwd.*',
    '*users',
    '*shadow*',
  ],
  begins: (head) => HASHED.test(head),
  // A script or a record may hold such lines; of the first column of a table they are not.
  unless: (head) => head.startsWith('#!'),

  *read({ path, text }) {
    if (KNOWN_OTHERWISE.test(path)) return
    const plain = PLAIN_TOO.test(path)
    for (const { text: line, at } of linesOf(text)) {
      const match = ACCOUNT.exec(line)
      if (match === null) continue
      const [whole, mark = '', account = ''] = match
      // Groups stand between name and hash in files of ocserv.
      const between = GROUPS.exec(line.slice(whole.length))?.[0] ?? ''
      const before = whole + between
      const rest = line.slice(before.length)
      const digest = DIGEST.exec(rest)
      const field =
        digest === null
          ? rest.slice(0, plain ? (rest.indexOf(':') < 0 ? rest.trimEnd().length : rest.indexOf(':')) : endOf(rest))
          : digest[2]!
      const read = digest === null ? passwordField(field) : DIGEST_FIELD
      if (read === undefined) continue
      const told = read.valueClass === undefined ? hashWithoutForm(field.slice(read.from), plain) : read
      if (told === undefined) continue
      const from = before.length + (digest === null ? 0 : digest[1]!.length + 1) + read.from
      const length = field.length - read.from
      yield secretOf(
        { text: line.slice(from, from + length), at: at + from, length, quoted: false },
        {
          name: account === '' ? undefined : 'password',
          account,
          ...(digest === null ? {} : { system: digest[1] }),
          commented: mark !== '',
          valueClass: told.valueClass,
          scheme: told.scheme,
        },
      ) satisfies Sighting
    }
  },

  examples: [
    {
      title: 'hashes as htpasswd writes them',
      path: '/etc/apache2/.htpasswd',
      text: [
        'alice:$apr1$lZL6V/ci$eIMz/iKDkbtys/uU7LEK00',
        'bob:{SHA}fEqNCco3Yq9h5ZUglD3CZJT4lBs=',
        'carol:$2y$05$c4WoMPo3SXsafkva.HHa6uXQZWr7oboPiC2bT/r7q1BB8I2s0BRqC',
        'dave:rqXexS6ZhobKA',
        '# erin:$apr1$lZL6V/ci$eIMz/iKDkbtys/uU7LEK01',
        '',
      ].join('\n'),
      finds: [
        { line: 1, is: 'hash', account: 'alice' },
        { line: 2, is: 'hash', account: 'bob' },
        { line: 3, is: 'hash', account: 'carol' },
        { line: 4, is: 'hash', account: 'dave' },
        { line: 5, is: 'hash', account: 'erin', state: 'commented' },
      ],
    },
    {
      title: 'a digest belongs to a realm',
      path: 'etc/lighttpd/lighttpd-htdigest.user',
      text: 'alice:download archive:8364d0044ef57b3defcfa141e8f77b65\n',
      finds: [{ line: 1, is: 'hash', account: 'alice', system: 'download archive' }],
    },
    {
      title: 'passwords as they are, in a file of lighttpd',
      path: 'etc/lighttpd/lighttpd-plain.user',
      text: 'alice:oak-leaf-7\nbob:\n',
      finds: [{ line: 1, account: 'alice' }],
    },
    {
      title: 'a copy of shadow under any name, locked accounts with their hashes',
      path: '/root/accounts.txt',
      text: 'root:$6$Q8l1xWcV$Q7wBvO5VjMyzFh1rQF8PjO0q:19000:0:99999:7:::\ndaemon:*:19000:0:99999:7:::\nbob:!$y$j9T$F5Jx5fExrKuPp53xLKQ..1$X3DX6M94c7o.9agCG9G3:1::::::\n',
      finds: [
        { line: 1, is: 'hash', account: 'root' },
        { line: 3, is: 'hash', account: 'bob' },
      ],
    },
    {
      title: 'users of Dovecot with the scheme in front; in clear where that says so',
      path: 'etc/dovecot/users',
      text: 'alice@example.org:{SSHA256}tIrnGm+4aZ2GpOpqtLlFbYoXzrAhT5ws:1000:1000::/home/alice::\nbob:{PLAIN}rowan.19::::::\n',
      finds: [
        { line: 1, is: 'hash', account: 'alice@example.org' },
        { line: 2, account: 'bob' },
      ],
    },
    {
      title: 'groups between name and hash, as ocserv has them',
      path: 'etc/ocserv/ocpasswd',
      text: 'alice:*:$5$9dHyRNLR6WfJqxZJ$b3iUXcS5pZ1kMO4bfQ0mYFqz6X4hFJ4nV1YzR2r8K1C\n',
      finds: [{ line: 1, is: 'hash', account: 'alice' }],
    },
    {
      title: 'a file of accounts whose passwords are elsewhere, and what a program prints',
      path: 'var/lib/site/htpasswd-notes',
      text: 'root:x:0:0:root:/root:/bin/bash\nnobody:*:1:1::/:\n',
      finds: [],
    },
  ],
})

/** Something that begins a line, is no path and no sentence, then a hash whose form tells it. */
const SCHEMES = String.raw`\{(?:S?SHA(?:1|256|512)?|S?MD5|LDAP-MD5|PLAIN-MD[45]|CRAM-MD5|DIGEST-MD5|HMAC-MD5|SCRAM-SHA-(?:1|256)|CRYPT|(?:BLF|DES|MD5|SHA256|SHA512)-CRYPT|PBKDF2|ARGON2I?D?|PLAIN|CLEARTEXT|CLEAR|NTLM|LANMAN)(?:\.\w{3,6})?\}[^\s:]{2}`
const HASHED = new RegExp(
  String.raw`^[^\s:#"'=<>{}()/\\]{1,64}:!?(?:\$(?:apr1|1|2[abxy]?|5|6|7|y|gy|argon2[id]{1,2})\$[^\s:]{8}|${SCHEMES}|[^:\n]{1,80}:[0-9a-f]{32}\r?$)`,
  'im',
)

/** What tells of the accounts of this host is told of as accounts. */
const KNOWN_OTHERWISE = /^\/etc\/(?:passwd|shadow|gshadow|group)-?$|^\/etc\/(?:security\/passwd|master\.passwd)$/

/** Files in which anything but a hash is a password. */
const PLAIN_TOO = /htpasswd|plain|\.user$/i

const ACCOUNT = /^[ \t]*([#;][ \t]*)?([^\s:#;"'=<>{}()[\]]{1,128}):/
const GROUPS = /^[\w.,*-]{0,64}:(?=\$(?:[156y]|2[aby]|apr1)\$[^\s:]{8})/
const DIGEST = /^([^:]{1,128}):([0-9a-f]{32})\s*$/i
const DIGEST_FIELD = { from: 0, valueClass: 'hash', scheme: 'md5' } as const

const endOf = (rest: string): number => {
  const colon = rest.indexOf(':')
  const blank = rest.search(/\s/)
  const ends = [colon, blank].filter((end) => end >= 0)
  return ends.length === 0 ? rest.length : Math.min(...ends)
}

const hashWithoutForm = (
  text: string,
  plain: boolean,
): { readonly valueClass?: ValueClass; readonly scheme?: string } | undefined => {
  if (/^[./0-9A-Za-z]{13}$/.test(text)) return { valueClass: 'hash', scheme: 'descrypt' }
  if (/^[0-9a-f]{32}$/i.test(text)) return { valueClass: 'hash', scheme: 'md5' }
  return plain ? {} : undefined
}
