import { credentialFormat, type Sighting } from '../detector.ts'
import { linesOf } from '../readers/lines-of.ts'
import { sighting } from '../readers/sighting.ts'
import { urlLoginIn } from '../readers/url-login.ts'
import { wordsOf } from '../readers/words-of.ts'

/** Files in which each line is a login, its parts between blanks or colons. */
export default credentialFormat({
  id: 'one-line-logins',
  title: 'Logins one on a line: davfs2, s3fs, lftp, Subversion repositories, XMPP clients, sendxmpp, ipmi',
  files: [
    'davfs2/secrets',
    '.davfs2/secrets',
    '.passwd-s3fs',
    'passwd-s3fs',
    'etc/passwd-s3fs*',
    '.passwd-s3fs*',
    'lftp/bookmarks',
    '.lftp/bookmarks',
    '.sendxmpprc',
    'sendxmpprc',
    '.passwd-ossfs',
    '.passwd-cosfs',
    '.wdfsrc',
    '.xmpp/*.login',
    'conf/passwd',
    '.irodsa',
  ],
  whole: true,

  *read({ text, path }) {
    const lower = path.toLowerCase()
    for (const line of linesOf(text)) {
      if (line.text.trim() === '') continue
      if (lower.endsWith('davfs2/secrets')) yield* davfs(line.text, line.at)
      else if (lower.includes('passwd-')) yield* keyPair(line.text, line.at)
      else if (lower.endsWith('bookmarks')) yield* bookmark(line.text, line.at)
      else if (lower.endsWith('sendxmpprc')) yield* xmpp(line.text, line.at)
      else if (lower.endsWith('conf/passwd')) yield* subversion(line.text, line.at)
    }
  },

  examples: [
    {
      title: 'davfs2: address, account, password; between quotes where they hold blanks',
      path: '/etc/davfs2/secrets',
      text: '# https://foo.bar/webdav "user" "pass word"\nhttps://dav.example.org/a alice "oak leaf 7"\n/mnt/dav  bob rowan\\ 19 # of the shop\n',
      finds: [
        { line: 1, account: 'user', system: 'https://foo.bar/webdav', state: 'commented' },
        { line: 2, account: 'alice', system: 'https://dav.example.org/a', service: 'webdav' },
        { line: 3, account: 'bob', system: '/mnt/dav' },
      ],
    },
    {
      title: 's3fs: key and secret, for one bucket or for all',
      path: '/etc/passwd-s3fs',
      text: 'OAKLEAF7:rowan-19-birch\nshop:OAKLEAF8:alder/3+elm\n',
      finds: [
        { line: 1, account: 'OAKLEAF7', service: 's3' },
        { line: 2, account: 'OAKLEAF8', system: 'shop', service: 's3' },
      ],
    },
    {
      title: 'lftp keeps addresses with logins',
      path: '/root/.local/share/lftp/bookmarks',
      text: 'work\tsftp://alice:oak-leaf-7@files.example.org/srv\nopen\tftp://ftp.example.org/\n',
      finds: [{ line: 1, account: 'alice', system: 'files.example.org' }],
    },
    {
      title: 'a client of XMPP',
      path: '/root/.sendxmpprc',
      text: 'alice@example.org oak-leaf-7\n#bob@example.org;jabber rowan\n',
      finds: [
        { line: 1, account: 'alice@example.org' },
        { line: 2, account: 'bob@example.org', state: 'commented' },
      ],
    },
    {
      title: 'accounts of a repository of Subversion, in their own section',
      path: '/srv/svn/shop/conf/passwd',
      text: '[users]\n# harry = harryssecret\nalice = oak-leaf-7\n',
      finds: [
        { line: 2, account: 'harry', state: 'commented' },
        { line: 3, account: 'alice', service: 'subversion' },
      ],
    },
    {
      title: 'comments',
      path: '/etc/davfs2/secrets',
      text: '# davfs2 secrets file 13\n# This file is read by mount.davfs\n\n',
      finds: [],
    },
  ],
})

function* davfs(line: string, at: number): Generator<Sighting> {
  const comment = /^[ \t]*#[ \t]*/.exec(line)
  if (comment !== null && !/^(?:https?:\/\/|\/)\S/.test(line.slice(comment[0].length))) return
  const from = comment?.[0].length ?? 0
  // Backslashes keep blanks within a word.
  const words = [...line.slice(from).matchAll(/"((?:[^"\\]|\\.){0,1024})"|((?:[^\s"\\#]|\\.){1,1024})|#.*/g)].slice(
    0,
    5,
  )
  const [place, account, password] = words
  const value = password?.[1] ?? password?.[2]
  if (place === undefined || account === undefined || password === undefined || value === undefined) return
  yield sighting({
    at: at + from + password.index + (password[1] === undefined ? 0 : 1),
    length: value.length,
    value: value.replaceAll(/\\(.)/g, '$1'),
    secret: 'password',
    account: account[1] ?? account[2],
    system: place[1] ?? place[2],
    service: 'webdav',
    commented: comment !== null,
  })
}

function* keyPair(line: string, at: number): Generator<Sighting> {
  const match = /^[ \t]*(?:([\w.-]{1,256}):)?([^\s:#]{3,256}):([^\s:]{3,512})[ \t]*$/.exec(line)
  if (match === null) return
  const [, bucket, account, secret = ''] = match
  yield sighting({
    at: at + line.lastIndexOf(secret),
    length: secret.length,
    secret: 'token',
    account,
    system: bucket,
    service: 's3',
  })
}

function* bookmark(line: string, at: number): Generator<Sighting> {
  const login = urlLoginIn(line)
  if (login === undefined) return
  const { account, system, password: value, scheme } = login
  yield sighting({
    at: at + login.at,
    length: login.length,
    value,
    secret: 'password',
    account,
    system,
    service: scheme,
    evidence: 'url',
  })
}

function* xmpp(line: string, at: number): Generator<Sighting> {
  const comment = /^[ \t]*#[ \t]*/.exec(line)
  const from = comment?.[0].length ?? 0
  const setting = /^(?:password)\s*[:=]\s*(\S.*)$/.exec(line)
  const [account, password] = wordsOf(line.slice(from), at + from)
  const value = setting?.[1]
  if (value !== undefined)
    yield sighting({
      at: at + line.length - value.length,
      length: value.trimEnd().length,
      secret: 'password',
      service: 'xmpp',
    })
  else if (account !== undefined && password !== undefined && /^[^@\s]+@[^@\s]+$/.test(account.word))
    yield sighting({
      at: password.at,
      length: password.length,
      value: password.word,
      secret: 'password',
      account: account.word.replace(/;.*$/, ''),
      service: 'xmpp',
      commented: comment !== null,
    })
}

function* subversion(line: string, at: number): Generator<Sighting> {
  const match = /^[ \t]*(#[ \t]*)?([\w.@-]{1,128})[ \t]*=[ \t]*(\S{1,512})[ \t]*$/.exec(line)
  if (match === null) return
  const [, comment, account, value = ''] = match
  yield sighting({
    at: at + line.lastIndexOf(value),
    length: value.length,
    secret: 'password',
    account,
    service: 'subversion',
    commented: comment !== undefined,
  })
}
