import { credentialFormat } from '../detector.ts'
import { linesOf } from '../readers/lines-of.ts'
import { secretOf } from '../dialects/secret-rules.ts'
import { crypted } from '../dialects/password-field.ts'

export default credentialFormat({
  id: 'spam-filters',
  title: 'SpamAssassin, Amavis and Rspamd: databases that they ask, passwords of the controller',
  files: [
    'spamassassin/*.cf',
    'spamassassin/*/*.cf',
    'sql.cf',
    'local.cf',
    'amavis*.conf',
    'amavis/conf.d/*',
    'amavis/*.conf',
    '*user_prefs',
    'rspamd/*/*',
    'rspamd/*.inc',
    'rspamd/*.conf',
  ],

  *read({ text }) {
    let account: string | undefined
    let system: string | undefined
    for (const { text: line, at } of linesOf(text)) {
      if (!INTERESTING.test(line)) continue
      const mark = /^[ \t]*(?:#+[ \t]*)?/.exec(line)![0].length
      const commented = line.slice(0, mark).includes('#')
      const rest = line.slice(mark)
      account = /^\w{3,40}_sql_username[ \t]+(\S{1,64})/.exec(rest)?.[1] ?? account
      system = /^\w{3,40}_(?:sql_)?dsn[ \t]+(DBI:\S{1,255})/i.exec(rest)?.[1] ?? system
      const password =
        /^((?:user_scores|bayes|user_awl|txrep|auto_welcomelist|auto_whitelist)_(?:sql|ldap|redis)_password)[ \t]+(\S{1,255})[ \t]*$/.exec(
          rest,
        )
      const dsn =
        /(['"])(DBI:[^'"]{1,512})\1[ \t]*,[ \t]*(['"])([^'"]{0,128})\3[ \t]*,[ \t]*(['"])([^'"]{1,255})\5/i.exec(line)
      const controller = /^((?:enable_)?password)[ \t]*=[ \t]*(["']?)([^"';\s]{1,512})\2[ \t]*;/.exec(rest)
      if (password !== null) {
        const value = password[2]!
        yield secretOf(
          { text: value, at: at + mark + password[0].lastIndexOf(value), length: value.length, quoted: false },
          { name: password[1], commented, account, system, service: 'sql' },
        )
      } else if (dsn !== null) {
        const value = dsn[6]!
        yield secretOf(
          { text: value, at: at + dsn.index + dsn[0].length - value.length - 1, length: value.length, quoted: true },
          { name: 'dsn', commented, account: dsn[4], system: dsn[2], service: 'sql' },
        )
      } else if (controller !== null) {
        const value = controller[3]!
        const hash = /^\$[12]\$[a-z0-9]{20,}\$/.test(value)
        yield secretOf(
          {
            text: value,
            at: at + mark + controller[0].lastIndexOf(value),
            length: value.length,
            quoted: controller[2] !== '',
          },
          {
            name: controller[1],
            commented,
            service: 'rspamd',
            ...(hash
              ? { valueClass: 'hash', scheme: value.startsWith('$1$') ? 'pbkdf2' : 'catena' }
              : crypted(value) === undefined
                ? {}
                : { valueClass: 'hash' }),
          },
        )
      }
    }
  },

  examples: [
    {
      title: 'SpamAssassin',
      path: '/etc/spamassassin/sql.cf',
      text: 'bayes_sql_dsn DBI:mysql:bayes:localhost\nbayes_sql_username spam\nbayes_sql_password oak-leaf-7\n# user_scores_sql_password rowan.19\n',
      finds: [
        { line: 3, account: 'spam', system: 'DBI:mysql:bayes:localhost' },
        { line: 4, account: 'spam', system: 'DBI:mysql:bayes:localhost', state: 'commented' },
      ],
    },
    {
      title: 'Amavis',
      path: 'etc/amavis/conf.d/50-user',
      text: "@lookup_sql_dsn = (\n   ['DBI:mysql:database=mail;host=127.0.0.1', 'amavis', 'oak-leaf-7'] );\n# @storage_sql_dsn = ( ['DBI:mysql:x', 'bob', 'rowan.19'] );\n",
      finds: [
        { line: 2, account: 'amavis', system: 'DBI:mysql:database=mail' },
        { line: 3, account: 'bob', system: 'DBI:mysql:x', state: 'commented' },
      ],
    },
    {
      title: 'Rspamd',
      path: 'etc/rspamd/local.d/worker-controller.inc',
      text: 'password = "$2$0123456789abcdefghijklmnop$0123456789abcdefghijklmnop";\nenable_password = "oak-leaf-7";\n',
      finds: [{ line: 1, is: 'hash' }, { line: 2 }],
    },
    {
      title: 'rules',
      path: 'etc/spamassassin/local.cf',
      text: 'required_score 5.0\n# bayes_sql_password\nbody A /password/i\n',
      finds: [],
    },
  ],
})

const INTERESTING = /passw|sql|dbi:/i
