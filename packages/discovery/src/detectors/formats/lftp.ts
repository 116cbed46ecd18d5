import { credentialFormat, type Sighting } from '../detector.ts'
import { sighting } from '../readers/sighting.ts'

/** `open -u NAME,PASSWORD host` and `user NAME PASSWORD`. */
const LOGIN =
  /^[ \t]*(?:(?:open|lftp|connect)\b[^\n#]{0,200}?(?:-u|--user)[ \t=]{1,8}["']?([^\s,"']{1,128}),([^\s"',]{1,256})["']?(?:[ \t]+([^\s"';]{1,255}))?|(?:user|login)[ \t]+([^\s"']{1,128})[ \t]+["']?([^\s"']{1,256}))/gm

export default credentialFormat({
  id: 'lftp',
  title: 'Logins in the settings and scripts of lftp',
  files: ['.lftprc', '.lftp/rc', 'lftp/rc', 'lftp.conf', '*.lftp'],

  *read({ text }): Iterable<Sighting> {
    for (const match of text.matchAll(LOGIN)) {
      const [whole, opened, secret, system, named, password] = match
      const value = secret ?? password ?? ''
      const account = opened ?? named ?? ''
      const at = match.index + whole.indexOf(value, whole.indexOf(account) + account.length)
      yield sighting({
        at,
        length: value.length,
        secret: 'password',
        name: 'password',
        account,
        system,
        service: 'ftp',
      })
    }
  },

  examples: [
    {
      title: 'the login that a site is opened with',
      path: '/root/.lftprc',
      text: 'set ssl:verify-certificate no\nopen -u alice,oak-leaf-7 ftp.example.org\nuser bob rowan-19\n',
      finds: [
        { line: 2, account: 'alice', system: 'ftp.example.org' },
        { line: 3, account: 'bob' },
      ],
    },
    { title: 'settings only', path: '/etc/lftp.conf', text: 'set prompt "lftp "\nopen ftp.example.org\n', finds: [] },
  ],
})
