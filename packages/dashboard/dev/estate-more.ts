import type { Row } from './estate.ts'
import { fingerprint, generator } from './estate-details.ts'

/** What stands on hosts beside accounts: services, accounts of services, risky files and private keys. The same for the same hosts. */
export const moreRows = (hosts: readonly Row[], accounts: readonly Row[], at: (days: number) => string) => {
  const random = generator(11)
  const services: Row[] = []
  const service_accounts: Row[] = []
  const files: Row[] = []
  const keys: Row[] = []
  const stored_credentials: Row[] = []
  const byHost = Map.groupBy(accounts, (row) => row['host_id'])
  for (const [index, host] of hosts.entries()) {
    const here = { host_id: host['id'] ?? null, host: host['host'] ?? null, first_seen: at(60), gone_since: null }
    const own = byHost.get(here.host_id) ?? []
    const accountNamed = (name: string) => own.find((row) => row['account'] === name)
    for (const [number, [consumer, account, name, program, more]] of SERVICES.entries()) {
      if (random() < 0.35) continue
      const who = accountNamed(account)
      services.push({
        id: `${String(here.host_id)}-s${number}`,
        ...here,
        account,
        account_id: who?.['id'] ?? null,
        privileged: who?.['privileged'] ?? null,
        consumer,
        name,
        program,
        schedule: 'none',
        enabled: random() < 0.1 ? 'no' : 'yes',
        listens: [],
        needs: [],
        path: `/etc/systemd/system/${name}`,
        line: 7,
        ...more,
      })
    }
    if (index % 3 === 0) {
      for (const [number, row] of SERVICE_ACCOUNTS.entries())
        service_accounts.push({ id: `${String(here.host_id)}-d${number}`, ...here, path: '/var/lib/mysql', ...row })
    }
    for (const [number, row] of FILES.entries()) {
      if (random() < (index % 7 === 2 ? 0.2 : 0.75)) continue
      files.push({ id: `${String(here.host_id)}-f${number}`, ...here, account_id: null, ...row })
    }
    for (const [number, row] of STORED.entries()) {
      if (random() < 0.5) continue
      stored_credentials.push({ id: `${String(here.host_id)}-c${number}`, ...here, ...row })
    }
    for (const [number, who] of own.entries()) {
      if (number > 3 && random() < 0.93) continue
      const open = random() < 0.4
      keys.push({
        id: `${String(who['id'])}-p`,
        ...here,
        fingerprint: random() < 0.1 ? null : `SHA256:${fingerprint(number % 7)}`,
        role: 'private',
        algorithm: 'ssh-ed25519',
        strength: 'strong',
        concerns: [...(open ? ['no-passphrase'] : []), ...(random() < 0.2 ? ['file-readable-by-others'] : [])],
        ineffective: 'none',
        bits: 256,
        comment: `${String(who['account'])}@${String(here.host)}`,
        account: who['account'] ?? null,
        opens_root: 'no',
        passphrase: open ? 'no' : 'yes',
        format: 'openssh',
        hosts: [],
        places: 12,
        opens: 11,
        opens_roots: number % 3,
        private_places: 1,
        known_by: 0,
        last_used: null,
        path: `${String(who['home'])}/.ssh/id_ed25519`,
        line: null,
      })
    }
  }
  return { services, service_accounts, files, keys, stored_credentials }
}

const SERVICES: readonly (readonly [string, string, string, string, Row])[] = [
  [
    'systemd-unit',
    'postgres',
    'postgresql@15-main.service',
    '/usr/lib/postgresql/15/bin/postgres',
    { listens: ['tcp 127.0.0.1:5432', 'unix /run/postgresql/.s.PGSQL.5432'] },
  ],
  [
    'systemd-unit',
    'backup',
    'restic-backup.service',
    '/usr/local/bin/restic',
    { needs: ['variable RESTIC_PASSWORD', 'file /etc/restic/env'] },
  ],
  ['systemd-unit', 'root', 'restic-backup.timer', '/usr/bin/systemctl', { schedule: 'OnCalendar=daily' }],
  [
    'cron-job',
    'deploy',
    'deploy 14',
    '/opt/deploy/pull.sh',
    { schedule: '*/15 * * * *', path: '/etc/cron.d/deploy', line: 14 },
  ],
  [
    'container',
    'root',
    'grafana',
    '/run.sh',
    { listens: ['tcp 0.0.0.0:3000'], needs: ['variable GF_SECURITY_ADMIN_PASSWORD'], path: '/srv/grafana/compose.yml' },
  ],
  [
    'process',
    'www-data',
    'nginx',
    '/usr/sbin/nginx',
    { listens: ['tcp 0.0.0.0:80', 'tcp 0.0.0.0:443'], path: '/proc' },
  ],
  ['php-fpm-pool', 'shop', 'shop', '/usr/sbin/php-fpm8.2', { path: '/etc/php/8.2/fpm/pool.d/shop.conf', line: 23 }],
  ['process', 'redis', 'redis-server', '/usr/bin/redis-server', { enabled: null, listens: ['tcp 0.0.0.0:6379'] }],
]

const database = { login: 'yes', superuser: 'no', password: 'set', instance: 'none', scope: 'none', expires: 'none' }
const SERVICE_ACCOUNTS: readonly Row[] = [
  {
    ...database,
    service: 'postgresql',
    account: 'postgres',
    superuser: 'yes',
    password: 'none',
    scheme: 'none',
    strength: null,
    privileges: ['superuser'],
    member_of: [],
    path: '/run/postgresql',
  },
  {
    ...database,
    service: 'postgresql',
    account: 'app',
    scheme: 'scram-sha-256',
    strength: 'strong',
    privileges: ['login'],
    member_of: ['readers'],
    path: '/run/postgresql',
  },
  {
    ...database,
    service: 'mysql',
    account: 'legacy',
    scope: '%',
    password: 'empty',
    scheme: 'none',
    strength: null,
    privileges: ['FILE', 'PROCESS'],
    member_of: [],
  },
  {
    ...database,
    service: 'mysql',
    account: 'root',
    scope: 'localhost',
    superuser: 'yes',
    password: 'external',
    scheme: 'unix_socket',
    strength: null,
    privileges: ['ALL PRIVILEGES WITH GRANT OPTION'],
    member_of: [],
  },
  {
    ...database,
    service: 'redis',
    account: 'default',
    superuser: 'yes',
    password: 'empty',
    scheme: 'none',
    strength: null,
    privileges: ['+@all', '~*'],
    member_of: [],
    path: '/etc/redis/redis.conf',
    line: 1036,
  },
]

const file = {
  type: 'file',
  owner: 'root',
  owner_uid: 0,
  group: 'root',
  group_gid: 0,
  mode: '0644',
  account: 'none',
  because: 'none',
  named_by: 'none',
  named_by_line: null,
  capabilities: 'none',
  program: 'none',
  ordinary: null,
  modified: '2026-08-02T09:14:00.000Z',
}
const FILES: readonly Row[] = [
  {
    ...file,
    role: 'run-as',
    path: '/opt/deploy/pull.sh',
    mode: '0777',
    open_to: 'everyone',
    gives_root: 'yes',
    account: 'root',
    because: 'cron job',
    named_by: '/etc/cron.d/deploy',
    named_by_line: 14,
  },
  {
    ...file,
    role: 'command-path',
    type: 'folder',
    path: '/usr/local/bin',
    group: 'staff',
    group_gid: 50,
    mode: '2775',
    open_to: 'group',
    gives_root: 'yes',
    account: 'root',
    because: 'PATH in /etc/crontab',
    named_by: '/etc/crontab',
    named_by_line: 9,
  },
  {
    ...file,
    role: 'setuid',
    path: '/opt/legacy/bin/rsh-wrapper',
    mode: '4755',
    open_to: 'everyone',
    gives_root: 'unknown',
    ordinary: 'no',
    program: 'bash',
  },
  {
    ...file,
    role: 'capabilities',
    path: '/usr/local/bin/python3-net',
    mode: '0755',
    open_to: 'everyone',
    gives_root: 'unknown',
    ordinary: 'no',
    capabilities: 'cap_setuid,cap_net_raw=ep',
  },
  {
    ...file,
    role: 'login-keys',
    path: '/home/backup/.ssh/authorized_keys',
    owner: 'backup',
    owner_uid: 110,
    mode: '0666',
    open_to: 'some',
    gives_root: 'no',
    account: 'backup',
    because: 'AuthorizedKeysFile',
    named_by: '/etc/ssh/sshd_config',
    named_by_line: 41,
  },
  {
    ...file,
    role: 'socket',
    type: 'socket',
    path: '/run/docker.sock',
    group: 'docker',
    group_gid: 998,
    mode: '0660',
    open_to: 'group',
    gives_root: 'yes',
    account: 'root',
    because: 'container engine',
  },
]

const stored = {
  secret: 'password',
  value: 'literal',
  service: 'unnamed',
  program: 'none',
  in_force: 'active',
  weaknesses: [],
  same_secret: 0,
  length: '12-15',
  confidence: 'high',
  state: 'unmanaged',
  exception: 'none',
  digest: 'pV3q0mZc6d8W1xkTn5bL2yRjHs9uAeGf4oQiKzXwCvE',
}
const STORED: readonly Row[] = [
  {
    ...stored,
    severity: 'critical',
    rank: 95,
    account: 'root',
    system: 'db01.fra.example.net:3306',
    service: 'mysql',
    name: 'client.password',
    path: '/opt/deploy/.my.cnf',
    line: 4,
    weaknesses: ['readable-by-others'],
    same_secret: 11,
    detector: 'my-cnf',
  },
  {
    ...stored,
    severity: 'critical',
    rank: 90,
    secret: 'token',
    account: 'unnamed',
    system: 'unnamed',
    service: 'github',
    name: 'none',
    path: '/srv/ci/deploy.sh',
    line: 31,
    weaknesses: ['readable-by-others'],
    length: '32+',
    detector: 'github',
  },
  {
    ...stored,
    severity: 'high',
    rank: 70,
    account: 'app',
    system: 'jdbc:postgresql://db02.fra.example.net/shop',
    service: 'postgresql',
    name: 'spring.datasource.password',
    path: '/opt/shop/application-prod.yml',
    line: 18,
    detector: 'yaml',
  },
  {
    ...stored,
    severity: 'high',
    rank: 65,
    account: 'backup',
    system: 's3.eu-central-1.example.net',
    service: 'aws',
    name: 'RESTIC_PASSWORD',
    path: '/proc/*/environ',
    line: null,
    program: '/usr/local/bin/restic',
    detector: 'environment',
  },
  {
    ...stored,
    severity: 'medium',
    rank: 50,
    value: 'hash',
    account: 'monitor',
    system: 'unnamed',
    service: 'http',
    name: 'none',
    path: '/etc/nginx/htpasswd',
    line: 2,
    weaknesses: ['weak-hash'],
    length: null,
    detector: 'htpasswd',
  },
  {
    ...stored,
    severity: 'low',
    rank: 25,
    value: 'encrypted',
    account: 'unnamed',
    system: 'unnamed',
    name: 'vault_db_password',
    path: '/srv/ansible/group_vars/all.yml',
    line: 12,
    length: null,
    digest: 'none',
    detector: 'yaml',
  },
]
