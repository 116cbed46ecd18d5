import { credentialFormat } from '../detector.ts'
import { linesOf } from '../readers/lines-of.ts'
import { secretOf } from '../dialects/secret-rules.ts'

export default credentialFormat({
  id: 'mail-logins',
  title: 'Logins that mail servers send mail with: `sasl_passwd`, `passwd.client`, `authinfo`, `secrets` of OpenSMTPD',
  files: [
    '*sasl_passwd*',
    '*sasl-passwd*',
    '*smtp_auth*',
    '*relay_passw*',
    'passwd.client*',
    'exim*/passwd.client*',
    'authinfo',
    '*/authinfo',
    'auth-info',
    'client-info',
    'mail/secrets',
    'smtpd/secrets',
    'opensmtpd/secrets',
    'dma/auth.conf',
    'esmtpauthclient',
    'nullmailer/remotes',
    'conf/smtproutes',
  ],
  whole: true,

  *read({ text }) {
    for (const { text: line, at } of linesOf(text)) {
      for (const form of FORMS) {
        const match = form.exec(line)
        const groups = match?.groups
        if (groups === undefined) continue
        const { mark = '', system, account, before = '', password = '' } = groups
        // What explains the file is written as it is, with the words for what stands there.
        if (mark !== '' && /\s/.test(`${account ?? ''}${system ?? ''}`)) break
        yield secretOf(
          { text: password, at: at + before.length, length: password.length, quoted: false },
          {
            name: 'password',
            commented: mark !== '',
            account,
            system: system === '*' ? undefined : system,
            service: 'smtp',
          },
        )
        break
      }
    }
  },

  examples: [
    {
      title: 'a server, or an address of a sender, with its login',
      path: '/etc/postfix/sasl_passwd',
      text: '# destination credentials\n[smtp.example.org]:587 alice:oak-leaf-7\nsender@example.org   bob@example.org:rowan:19 x\n#relay.example.org carol:elm-4\n[mx.example.net]:25\n',
      finds: [
        { line: 2, account: 'alice', system: '[smtp.example.org]:587' },
        { line: 3, account: 'bob@example.org', system: 'sender@example.org' },
        { line: 4, account: 'carol', system: 'relay.example.org', state: 'commented' },
      ],
    },
    {
      title: 'as Exim has it',
      path: '/etc/exim4/passwd.client',
      text: '# password file used when the local exim is authenticating to a remote\n### target.mail.server.example:login:password\n*:alice:oak-leaf-7\nmail.example.org:bob:rowan.19\n',
      finds: [
        { line: 2, account: 'login', system: 'target.mail.server.example', state: 'commented' },
        { line: 3, account: 'alice' },
        { line: 4, account: 'bob', system: 'mail.example.org' },
      ],
    },
    {
      title: 'as sendmail, OpenSMTPD, dma and nullmailer have it',
      path: '/etc/mail/authinfo',
      text: 'AuthInfo:smtp.example.org "U:root" "I:alice" "P:oak-leaf-7" "M:PLAIN"\nlabel bob:rowan.19\ncarol|smtp.example.net:elm-4\nsmtp.example.com smtp --port=587 --user=dave --pass=birch\n',
      finds: [
        { line: 1, account: 'alice', system: 'smtp.example.org' },
        { line: 2, account: 'bob', system: 'label' },
        { line: 3, account: 'carol', system: 'smtp.example.net' },
        { line: 4, account: 'dave', system: 'smtp.example.com' },
      ],
    },
    {
      title: 'without logins',
      path: 'etc/postfix/sasl_passwd',
      text: '# Example: [server]:port username password\n\n[mx.example.org]:25\n',
      finds: [],
    },
  ],
})

const FORMS: readonly RegExp[] = [
  new RegExp(
    String.raw`^(?<before>[ \t]*(?:(?<mark>#+)[ \t]*)?AuthInfo:(?<system>[^\s"]{0,255})[ \t].{0,500}?"I[:=](?<account>[^"]{1,255})"[ \t]+"P[:=])(?<password>[^"]{1,1024})"`,
    'i',
  ),
  new RegExp(
    String.raw`^(?<before>[ \t]*(?:(?<mark>#+)[ \t]*)?AuthInfo:(?<system>[^\s"]{0,255})[ \t].{0,500}?"P[:=])(?<password>[^"]{1,1024})"`,
    'i',
  ),
  new RegExp(
    String.raw`^(?<before>[ \t]*(?:(?<mark>#+)[ \t]*)?(?<system>[\w.-]{1,255})[ \t].{0,300}?--user=["']?(?<account>[^\s"']{1,255})["']?[ \t].{0,300}?--pass=["']?)(?<password>[^\s"']{1,1024})`,
  ),
  new RegExp(
    String.raw`^(?<before>[ \t]*(?:(?<mark>#+)[ \t]*)?(?<account>[^\s|:#]{1,255})\|(?<system>[\w.-]{1,255}):)(?<password>\S{1,1024})[ \t]*$`,
  ),
  new RegExp(
    String.raw`^(?<before>[ \t]*(?:(?<mark>#+)[ \t]*)?(?<system>[^\s:#"]{1,255}|\[[^\]\s]{1,255}\](?::[\w]{1,10})?|[\w.-]{1,255}:\d{1,5})[ \t]+(?<account>[^\s:"]{1,255}):)(?<password>\S(?:.{0,1022}\S)?)[ \t]*$`,
  ),
  new RegExp(
    String.raw`^(?<before>[ \t]*(?:(?<mark>#+)[ \t]*)?(?<system>[\w.*@-]{1,255}):(?<account>[^\s:]{1,255}):)(?<password>\S{1,1024})[ \t]*$`,
  ),
]
