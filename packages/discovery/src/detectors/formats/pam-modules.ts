import { credentialFormat } from '../detector.ts'
import { linesOf } from '../readers/lines-of.ts'
import { pairsIn } from '../dialects/pairs.ts'
import { secretOf } from '../dialects/secret-rules.ts'

export default credentialFormat({
  id: 'pam-modules',
  title: 'Logins that modules of PAM have as arguments or settings: `pam.d`, `pam-mysql.conf`, `pam-pgsql.conf`',
  files: ['pam.d/*', 'pam.conf', 'pam*mysql*.conf', 'pam*pgsql*.conf', 'libnss-mysql*.cfg', 'nss-mysql*.conf'],
  whole: true,

  *read({ path, text }) {
    const arguments_ = /pam\.(?:d\/|conf)/.test(path)
    let account: string | undefined
    let system: string | undefined
    if (!arguments_) {
      const settings = new Map(
        [...text.matchAll(SETTING)].map(([, name = '', value = '']) => [name.toLowerCase(), value.trim()]),
      )
      account = settings.get('users.db_user') ?? settings.get('user') ?? settings.get('username')
      system = settings.get('users.host') ?? settings.get('host') ?? settings.get('users.database')
    }
    for (const { text: line, at } of linesOf(text)) {
      if (arguments_ && !line.includes('pass')) continue
      const mark = /^[ \t]*#*/.exec(line)![0].length
      const pairs = arguments_ ? pairsIn(line, mark, line.length) : settingIn(line, mark)
      for (const name of ['passwd', 'password', 'users.db_passwd', 'bindpw', 'verbose_passwd']) {
        const word = pairs.get(name)
        if (word === undefined) continue
        yield secretOf(
          { ...word, at: at + word.at },
          {
            name,
            commented: line.slice(0, mark).includes('#'),
            account: account ?? pairs.get('user')?.text ?? pairs.get('binddn')?.text,
            system: system ?? pairs.get('host')?.text ?? pairs.get('db')?.text,
          },
        )
      }
    }
  },

  examples: [
    {
      title: 'a module that asks a database',
      path: '/etc/pam.d/vsftpd',
      text: '#%PAM-1.0\nauth required pam_mysql.so user=ftp passwd=oak-leaf-7 host=127.0.0.1 db=ftp crypt=2\naccount required pam_unix.so\npassword requisite pam_pwquality.so retry=3\n',
      finds: [{ line: 2, account: 'ftp', system: '127.0.0.1' }],
    },
    {
      title: 'with its settings in a file',
      path: 'etc/pam-mysql.conf',
      text: 'users.host=db.example.org\nusers.database=accounts\nusers.db_user=pam\nusers.db_passwd=rowan 19\nusers.password_column=password\n',
      finds: [{ line: 4, account: 'pam', system: 'db.example.org' }],
    },
    {
      title: 'lines about passwords',
      path: 'etc/pam.d/common-password',
      text: 'password [success=1 default=ignore] pam_unix.so obscure yescrypt use_authtok try_first_pass\nauth required pam_userdb.so db=/etc/vsftpd/login\npassword required pam_permit.so\n',
      finds: [],
    },
  ],
})

const SETTING = /^[ \t]*([\w.]{1,60})[ \t]*=[ \t]*([^\n]{0,512})/gm

const settingIn = (line: string, from: number) => {
  const match = /^([ \t]*)([\w.]{1,60})([ \t]*=[ \t]*)(.*)$/.exec(line.slice(from, from + 2048).trimEnd())
  if (match === null) return new Map<string, never>()
  const [, blank = '', name = '', sign = '', text = ''] = match
  const at = from + blank.length + name.length + sign.length
  return new Map([[name.toLowerCase(), { text, at, length: text.length, quoted: false }]])
}
