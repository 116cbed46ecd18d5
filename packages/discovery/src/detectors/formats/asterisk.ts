import { credentialFormat, type Sighting } from '../detector.ts'
import { lineSettings } from '../dialects/line-settings.ts'
import { beside, firstOf, heading, secretOf, secretRules, secretsAmong } from '../dialects/secret-rules.ts'

export default credentialFormat({
  id: 'asterisk',
  title: 'Asterisk: telephones, trunks, voice mail, managers and databases',
  files: [
    'asterisk/*.conf',
    'asterisk/*/*.conf',
    'sip*.conf',
    'pjsip*.conf',
    'iax*.conf',
    'voicemail*.conf',
    'extensions*.conf',
    'res_config_*.conf',
    'cdr_*.conf',
    'res_odbc.conf',
  ],
  unless: (head) => !/^[ \t]*;?[ \t]*\[/m.test(head),
  whole: true,

  *read({ path, text }) {
    const voicemail = /voicemail/i.test(path)
    const settings = Array.from(lineSettings(text, { between: 'any', sections: true, comments: ';' }))
    yield* secretsAmong(settings.map(withoutArrow), RULES)
    for (const match of text.matchAll(REGISTER)) yield registration(match)
    if (voicemail) for (const match of text.matchAll(MAILBOX)) yield mailbox(match)
  },

  examples: [
    {
      title: 'telephones and trunks',
      path: '/etc/asterisk/sip.conf',
      text: `[general]
register => alice:oak-leaf-7@sip.example.org/1234
;register => 1234:password@mysipprovider.com
[trunk]
type=peer
host=sip.example.org
defaultuser=alice
secret=rowan 19 ; of the provider
[100]
;secret=elm-4
md5secret=0123456789abcdef0123456789abcdef
`,
      finds: [
        { line: 2, account: 'alice', system: 'sip.example.org' },
        { line: 3, account: '1234', system: 'mysipprovider.com', state: 'commented' },
        { line: 8, account: 'alice', system: 'sip.example.org' },
        { line: 10, account: '100', state: 'commented' },
        { line: 11, is: 'hash', account: '100' },
      ],
    },
    {
      title: 'managers, and what PJSIP logs in with',
      path: 'etc/asterisk/pjsip.conf',
      text: '[auth6001]\ntype=auth\nauth_type=userpass\nusername=6001\npassword=oak-leaf-7\n[admin]\nsecret = rowan.19\n',
      finds: [
        { line: 5, account: '6001' },
        { line: 7, account: 'admin' },
      ],
    },
    {
      title: 'voice mail',
      path: 'etc/asterisk/voicemail.conf',
      text: '[general]\nformat=wav49|gsm|wav\n[default]\n100 => 4711,Alice Example,alice@example.org\n;101 => 1234,Bob\n102 => ,Nobody\n',
      finds: [
        { line: 4, account: '100' },
        { line: 5, account: '101', state: 'commented' },
      ],
    },
    {
      title: 'databases',
      path: 'etc/asterisk/res_config_mysql.conf',
      text: '[general]\ndbhost = 127.0.0.1\ndbname = asterisk\ndbuser = pbx\ndbpass = oak-leaf-7\n',
      finds: [{ line: 5, account: 'pbx', system: '127.0.0.1' }],
    },
    {
      title: 'a plan for dialling',
      path: 'etc/asterisk/extensions.conf',
      text: '[default]\nexten => 100,1,Dial(SIP/100)\n; the password is asked for\nexten => 101,n,Authenticate(${PIN})\n',
      finds: [],
    },
  ],
})

const RULES = secretRules([
  {
    names: [
      'secret',
      'remotesecret',
      'password',
      'vmsecret',
      'dbpass',
      'pass',
      'outbound_auth_password',
      'oauth_secret',
    ],
    account: firstOf(beside('defaultuser', 'username', 'dbuser', 'user'), heading(0)),
    system: beside('host', 'dbhost', 'server_uri', 'hostname'),
  },
  {
    names: ['md5secret', 'md5_cred'],
    account: firstOf(beside('defaultuser', 'username'), heading(0)),
    system: beside('host', 'realm'),
    valueClass: 'hash',
    scheme: 'md5',
  },
  { names: ['tlscertpassword', 'dundisecret', 'refresh_token'], system: beside('host') },
])

/** Values may have `=>` in front of them, and a comment behind. */
const withoutArrow = <
  Setting extends { readonly values: readonly { text: string; at: number; length: number; quoted: boolean }[] },
>(
  setting: Setting,
): Setting => {
  const [word] = setting.values
  if (word === undefined || word.quoted) return setting
  const from = /^>[ \t]*/.exec(word.text)?.[0].length ?? 0
  const comment = /[ \t]+;/.exec(word.text)?.index ?? word.text.length
  if (from === 0 && comment === word.text.length) return setting
  const text = word.text.slice(from, comment)
  return { ...setting, values: [{ ...word, text, at: word.at + from, length: text.length }] }
}

const REGISTER =
  /^([ \t]*(?:(;)[ \t]*)?register[ \t]*=>?[ \t]*(?:\w{1,16}\?)?(?:(?:udp|tcp|tls):\/\/)?([^\s:@/;]{1,128})(?:@[^\s:@]{1,255})?:)([^\s:]{1,255})(?::[^\s@]{1,128})?@([\w.:-]{1,255})/gm

const registration = (match: RegExpExecArray): Sighting => {
  const [, before = '', mark = '', account, password = '', system] = match
  return secretOf(
    { text: password, at: match.index + before.length, length: password.length, quoted: false },
    { name: 'register', commented: mark !== '', account, system, service: 'sip' },
  )
}

const MAILBOX = /^([ \t]*(?:(;)[ \t]*)?(\d[\w-]{0,31})[ \t]*=>[ \t]*)(-?[^\s,;]{1,64})(?=,)/gm

const mailbox = (match: RegExpExecArray): Sighting => {
  const [, before = '', mark = '', account, password = ''] = match
  return secretOf(
    { text: password, at: match.index + before.length, length: password.length, quoted: false },
    { name: 'mailbox', commented: mark !== '', account, service: 'voicemail' },
  )
}
