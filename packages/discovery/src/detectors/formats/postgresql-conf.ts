import { credentialFormat } from '../detector.ts'
import { lineSettings } from '../dialects/line-settings.ts'
import { pairsIn } from '../dialects/pairs.ts'
import { beside, secretOf } from '../dialects/secret-rules.ts'

export default credentialFormat({
  id: 'postgresql-conf',
  title: 'PostgreSQL and what stands before it: where copies log in, pools of connections, switching over',
  files: [
    'postgresql*.conf',
    'postgresql.auto.conf',
    'recovery.*',
    'recovery*.conf',
    'pgbouncer*.ini',
    'pgbouncer/*.ini',
    'pgpool*.conf',
    'pgpool2/*.conf',
    'repmgr*.conf',
    'barman*.conf',
    'barman.d/*.conf',
    'barman/*.conf',
    'pgbackrest*.conf',
    'pgbackrest/*.conf',
    'pg_auto_failover*.cfg',
    'slony*.conf',
    'odyssey.conf',
    'pgagent*.conf',
  ],
  unless: (head) => /^[ \t]*(?:MYSQL|PGSQL)[A-Z]/m.test(head),

  *read({ text }) {
    for (const setting of Array.from(lineSettings(text, { between: 'any', sections: true, comments: '#;' }))) {
      const { name, values, commented, blank } = setting
      const [word] = values
      if (word === undefined || word.text === '' || (commented && blank)) continue
      const settings = { commented, service: 'postgresql' } as const
      const account = ACCOUNTS[name]
      if (account !== undefined) {
        const text_ = word.quoted ? word : { ...word, ...uncommented(word.text) }
        if (text_.text !== '') yield secretOf(text_, { ...settings, name, account: beside(...account)(setting) })
      } else if (word.text.includes('password')) {
        const match = PASSWORD.exec(text.slice(word.at, word.at + word.length))
        const written = match?.[1] ?? match?.[2] ?? match?.[3] ?? ''
        if (match === null || written === '' || (commented && written.endsWith('='))) continue
        const at = word.at + match.index + match[0].lastIndexOf(written)
        // Quotes of the value within quotes of the setting are written twice.
        const plain = word.text.replaceAll("''", "'")
        const pairs = pairsIn(plain, 0, plain.length)
        const host = pairs.get('host')?.text ?? pairs.get('hostaddr')?.text
        const database = pairs.get('dbname')?.text
        yield secretOf(
          { text: written, at, length: written.length, quoted: match[3] === undefined },
          {
            ...settings,
            name: `${name.slice(0, 64)}.password`,
            account: pairs.get('user')?.text,
            system: host === undefined ? database : database === undefined ? host : `${host}/${database}`,
          },
        )
      }
    }
  },

  examples: [
    {
      title: 'a copy logs in to where it copies from',
      path: '/var/lib/postgresql/15/main/postgresql.auto.conf',
      text: "primary_conninfo = 'user=replicator password=oak-leaf-7 host=192.0.2.1 port=5432 sslmode=prefer'\n#primary_conninfo = 'host=a password=elm-4'\nlog_statement = 'none'\n",
      finds: [
        { line: 1, account: 'replicator', system: '192.0.2.1' },
        { line: 2, system: 'a', state: 'commented' },
      ],
    },
    {
      title: 'quotes within quotes',
      path: 'etc/repmgr.conf',
      text: "conninfo='host=db1 user=repmgr dbname=repmgr password=''rowan 19'' connect_timeout=2'\n",
      finds: [{ line: 1, account: 'repmgr', system: 'db1/repmgr' }],
    },
    {
      title: 'pools',
      path: 'etc/pgbouncer/pgbouncer.ini',
      text: '[databases]\n; foodb over Unix socket\nbazdb = host=localhost port=300 user=forcedfoo password=oak-leaf-7 client_encoding=UNICODE\n[pgbouncer]\nauth_file = /etc/pgbouncer/userlist.txt\n',
      finds: [{ line: 3, account: 'forcedfoo', system: 'localhost' }],
    },
    {
      title: 'checks',
      path: 'etc/pgpool2/pgpool.conf',
      text: "sr_check_user = 'nobody'\nsr_check_password = 'oak-leaf-7'   # Password\nhealth_check_password = ''\nwd_authkey = ''\n",
      finds: [{ line: 2, account: 'nobody' }],
    },
    {
      title: 'settings',
      path: 'etc/postgresql/15/main/postgresql.conf',
      text: "#password_encryption = scram-sha-256\t# scram-sha-256 or md5\n#ssl_passphrase_command = ''\n#primary_conninfo = ''\t\t\t# connection string to sending server\n",
      finds: [],
    },
  ],
})

const ACCOUNTS: Readonly<Record<string, readonly string[]>> = {
  sr_check_password: ['sr_check_user'],
  health_check_password: ['health_check_user'],
  recovery_password: ['recovery_user'],
  wd_lifecheck_password: ['wd_lifecheck_user'],
  wd_authkey: [],
  memqcache_auth: [],
  ldap_bind_password: ['ldap_bind_dn'],
  'repo1-cipher-pass': [],
  'repo2-cipher-pass': [],
  'repo1-s3-key-secret': ['repo1-s3-key'],
  'repo2-s3-key-secret': ['repo2-s3-key'],
  'repo1-azure-key': ['repo1-azure-account'],
  storage_password: ['storage_user'],
}

const PASSWORD = /\bpassword[ \t]{0,8}=[ \t]{0,8}(?:''([^']{0,512})''|'([^']{1,512})'|([^\s']{1,512}))/

/** The value in front of a comment. */
const uncommented = (text: string) => {
  const value = text.replace(/[ \t]#.*$/s, '').trimEnd()
  return { text: value, length: value.length }
}
