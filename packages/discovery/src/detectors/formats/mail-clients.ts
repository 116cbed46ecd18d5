import { credentialFormat, type Sighting } from '../detector.ts'
import { linesOf } from '../readers/lines-of.ts'
import { sighting } from '../readers/sighting.ts'
import { wordsOf, type Word } from '../readers/words-of.ts'

/**
 * Programs that fetch and send mail, each of which parts name and value by blanks or a sign: what begins a section, what names the
 * host and the account, what holds the password, what runs a program that prints it.
 */
export default credentialFormat({
  id: 'mail-clients',
  title: 'Logins of programs that fetch and send mail: msmtp, fetchmail, mbsync, mutt, mailx, ssmtp, esmtp',
  files: [
    '.msmtprc',
    'msmtprc',
    'msmtp/config',
    '*.msmtprc',
    '.fetchmailrc',
    'fetchmailrc',
    '*.fetchmailrc',
    '.mbsyncrc',
    'isyncrc',
    'mbsyncrc',
    '.muttrc',
    'muttrc',
    '.mutt/*',
    '.config/mutt/*',
    '.config/neomutt/*',
    '.neomuttrc',
    'neomuttrc',
    '.mailrc',
    'mail.rc',
    's-nail.rc',
    'nail.rc',
    'ssmtp.conf',
    '.esmtprc',
    'esmtprc',
    'dma.conf',
  ],
  whole: true,

  *read({ text, path }) {
    const name = path.toLowerCase()
    if (name.includes('fetchmailrc')) yield* fetchmail(text)
    else yield* settings(text)
  },

  examples: [
    {
      title: 'msmtp: accounts, with passwords or programs that print them',
      path: '/root/.msmtprc',
      text: `defaults
tls on
account work
host smtp.example.org
user alice
password "oak leaf 7"
account home
host mail.example.net
user bob
passwordeval pass show mail/home
#password rowan-19
`,
      finds: [
        { line: 6, name: 'password', account: 'alice', system: 'smtp.example.org', service: 'mail' },
        { line: 10, name: 'passwordeval', is: 'reference', account: 'bob', system: 'mail.example.net' },
        { line: 11, name: 'password', account: 'bob', system: 'mail.example.net', state: 'commented' },
      ],
    },
    {
      title: 'fetchmail: words of a little language, in any order, over several lines',
      path: '/home/a/.fetchmailrc',
      text: `set daemon 300
poll pop.example.org proto pop3
  user "alice" there with password 'oak-leaf-7' is a here
  user bob, pass rowan-19
skip imap.example.org port 993 username carol password "birch 12" ssl
`,
      finds: [
        { line: 3, account: 'alice', system: 'pop.example.org' },
        { line: 4, account: 'bob', system: 'pop.example.org' },
        { line: 5, account: 'carol', system: 'imap.example.org' },
      ],
    },
    {
      title: 'mbsync and mutt',
      path: '/home/a/.mbsyncrc',
      text: 'IMAPAccount work\nHost imap.example.org\nUser alice\nPass oak-leaf-7\n\nIMAPAccount home\nHost imap.example.net\nUser bob\nPassCmd "pass show home"\n',
      finds: [
        { line: 4, name: 'Pass', account: 'alice', system: 'imap.example.org' },
        { line: 9, name: 'PassCmd', is: 'reference', account: 'bob', system: 'imap.example.net' },
      ],
    },
    {
      title: 'mutt sets variables; addresses may hold a login as well',
      path: '/home/a/.muttrc',
      text: 'set imap_user = "alice@example.org"\nset imap_pass = \'oak-leaf-7\'\nset smtp_url="smtps://alice:rowan-19@smtp.example.org:465/"\n# set smtp_pass=birch-12\nset smtp_authenticators="login"\n',
      finds: [
        { line: 2, name: 'imap_pass', account: 'alice@example.org' },
        { line: 3, name: 'smtp_url', account: 'alice', system: 'smtp.example.org:465' },
        { line: 4, name: 'smtp_pass', state: 'commented' },
      ],
    },
    {
      title: 'mailx, ssmtp',
      path: '/etc/s-nail.rc',
      text: 'set smtp=smtp.example.org\nset smtp-auth-user=alice\nset smtp-auth-password=oak-leaf-7\nset password-bob@imap.example.org=rowan-19\n',
      finds: [
        { line: 3, name: 'smtp-auth-password', account: 'alice', system: 'smtp.example.org' },
        { line: 4, name: 'password', account: 'bob', system: 'imap.example.org' },
      ],
    },
    {
      title: 'ssmtp parts by a sign',
      path: '/etc/ssmtp/ssmtp.conf',
      text: 'mailhub=smtp.example.org:587\nAuthUser=alice\nAuthPass=oak-leaf-7\n#AuthPass=\n',
      finds: [{ line: 3, name: 'AuthPass', account: 'alice', system: 'smtp.example.org:587' }],
    },
    {
      title: 'settings without a password',
      path: '/home/a/.muttrc',
      text: 'set from = "a@example.org"\nset imap_passive\nset smtp_url="smtp://alice@smtp.example.org"\nset pgp_timeout=1\n',
      finds: [],
    },
  ],
})

interface Login {
  account?: string | undefined
  system?: string | undefined
}

/** `imap_user` and `imap_pass` belong together, as do those without a protocol. */
const protocolOf = (key: string) => /^(?:imap|smtp|pop|nntp)(?=_)/.exec(key)?.[0] ?? ''

const SETTING =
  /^[ \t]*(#[ \t]*)?(?:(?:set|setenv|unset|setx?)[ \t]+)?((?:[A-Za-z][\w-]{0,63})(?:@[\w.@-]{1,255})?)(?:[ \t]*=[ \t]*|[ \t]+)(\S.*)$/
const SECRET =
  /^(?:password|pass|imap_pass|smtp_pass|pop_pass|nntp_pass|account_pass|smtp-auth-password|authpass|nss?_password|passphrase|tlsauthpass)$/
const COMMAND = /^(?:passwordeval|passcmd|(?:imap|smtp|pop)_oauth_refresh_command)$/

/** Settings one on a line. What names a login stands above its password or below it, in the same section. */
function* settings(text: string): Generator<Sighting> {
  let waiting: { readonly word: Word; readonly name: string; readonly commented: boolean }[] = []
  let system: string | undefined
  let accounts = new Map<string, string>()
  const loginOf = (name: string): Login => ({ account: accounts.get(protocolOf(name.toLowerCase())), system })
  const settled = function* () {
    for (const { word, name, commented } of waiting) yield ofWord(word, name, loginOf(name), commented)
    waiting = []
  }
  for (const line of linesOf(text)) {
    const match = SETTING.exec(line.text)
    if (match === null || waiting.length > 10_000) continue
    const [whole, comment, name = '', tail = ''] = match
    const commented = comment !== undefined
    const key = name.toLowerCase()
    const [word, second] = wordsOf(tail.replace(/[ \t]#.*$/, ''), line.at + whole.length - tail.length)
    if (word === undefined) continue
    const single = second === undefined
    if (!commented && /^(?:account|identity|imapaccount|pop3account)$/.test(key)) {
      yield* settled()
      system = undefined
      accounts = new Map()
    }
    const here = /^(password|smtp-auth-password)-(?:([^@]{1,256})@)?([\w.-]{1,255})$/.exec(key)
    const mixed = here === null ? undefined : /^[a-z-]+?-((?:[^@]{1,256}@)?[\w.-]{1,255})$/i.exec(name)?.[1]
    if (here !== null && mixed !== undefined && single) {
      const at = mixed.lastIndexOf('@')
      yield ofWord(
        word,
        here[1]!,
        at < 0 ? { system: mixed } : { account: mixed.slice(0, at), system: mixed.slice(at + 1) },
        commented,
      )
    } else if (SECRET.test(key)) {
      if (single) waiting.push({ word, name, commented })
    } else if (COMMAND.test(key))
      yield command(tail, line.at + whole.length - tail.length, name, loginOf(name), commented)
    else if (word.word.includes('://')) {
      const url = URL_LOGIN.exec(word.word)
      if (url !== null && word.word.length === word.length)
        yield sighting({
          at: word.at + url[0].indexOf(':', url[0].indexOf('//')) + 1,
          length: url[2]!.length,
          secret: 'password',
          name,
          account: url[1],
          system: url[3],
          service: 'mail',
          evidence: 'url',
          commented,
        })
    } else if (!commented) {
      if (/^(?:user|username|imap_user|smtp-auth-user|authuser|smtp-auth|imap_login|pop_user)$/.test(key))
        accounts.set(protocolOf(key), word.word)
      else if (/^(?:host|hostname|mailhub|smtp|server|mta|relayhost)$/.test(key)) system = word.word
    }
  }
  yield* settled()
}

const URL_LOGIN = /^[a-z0-9+]{2,10}:\/\/([^\s:/@]{0,256}(?:@[^\s:/@]{1,256})?):([^\s/]{1,512})@([^\s@/]{1,255})/i

const ofWord = ({ word, at, length, quoted }: Word, name: string, { account, system }: Login, commented: boolean) =>
  sighting({
    at,
    length,
    value: word,
    secret: 'password',
    name,
    account,
    system,
    service: 'mail',
    quoted: quoted ? true : undefined,
    commented,
  })

const command = (tail: string, at: number, name: string, { account, system }: Login, commented: boolean) =>
  sighting({
    at,
    length: tail.trimEnd().length,
    secret: 'password',
    valueClass: 'reference',
    name,
    account,
    system,
    service: 'mail',
    commented,
  })

/** Words in any order: `poll` names the host, `user` the account, `password` is told of the account before it. */
function* fetchmail(text: string): Generator<Sighting> {
  const login: Login = {}
  for (const line of linesOf(text)) {
    const commented = /^[ \t]*#/.test(line.text)
    const words = wordsOf(line.text.replaceAll(/[,;:]/g, ' '), line.at)
    for (let index = 0; index < words.length - 1; index++) {
      const { word, quoted } = words[index]!
      const next = words[index + 1]!
      if (quoted) continue
      if (!commented && word.startsWith('#')) break
      switch (word.toLowerCase()) {
        case 'poll':
        case 'skip':
        case 'server':
        case 'via':
          if (commented) break
          login.system = next.word
          if (word !== 'via') login.account = undefined
          index++
          break
        case 'user':
        case 'username':
          if (!commented) login.account = next.word
          index++
          break
        case 'pass':
        case 'password':
          if (commented && words.length > 24) break
          yield ofWord(asWritten(next, text), 'password', login, commented)
          index++
      }
    }
  }
}

/** The word as it stands in the file: signs between words were taken for blanks. */
const asWritten = (word: Word, text: string): Word => {
  const written = text.slice(word.at, word.at + word.length)
  if (word.quoted) return { ...word, word: written.replaceAll(/\\(.)/g, '$1') }
  return { ...word, word: written }
}
