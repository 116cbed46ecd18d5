import type { Finding } from '@rollcall/contract'
import { groupOf, person, type FileDescription, type HostDescription } from '../description.ts'
import { systemAccounts, systemGroups } from '../system-accounts.ts'

const people = [
  person('app', 990, { state: 'none', field: '!' }, { home: '/opt/app', shell: '/usr/sbin/nologin', makeHome: false }),
  person('batch', 991, { state: 'none', field: '!' }, { home: '/srv/batch', makeHome: false }),
  person('olga', 1000, { state: 'usable', scheme: 'yescrypt', password: 'olga' }),
] as const

/** Stands wherever a secret could be: nothing that a scan says may hold it. */
export const PLANTED_SECRET = 'hunter2-planted'

const SYSTEM = '/etc/systemd/system'

const text = (
  path: string,
  content: string,
  more: Partial<FileDescription & { mode: number }> = {},
): FileDescription => ({
  ...more,
  type: 'file',
  path,
  content,
})
const script = (path: string, content = '#!/bin/sh\nexit 0\n', mode = 0o755, owner = 0): FileDescription => ({
  type: 'file',
  path,
  content,
  mode,
  owner,
})
const link = (path: string, to: string): FileDescription => ({ type: 'link', path, to })

type Told = Partial<Finding> & Pick<Finding, 'kind'>

const unit = (account: string, name: string, program: string, path: string, line: number, more: object = {}): Told => ({
  kind: 'usage',
  consumer: 'systemd-unit',
  account,
  name,
  program,
  place: { path, line },
  ...more,
})
const job = (
  account: string,
  program: string,
  schedule: string,
  path: string,
  line: number,
  more: object = {},
): Told => ({
  kind: 'usage',
  consumer: 'cron-job',
  account,
  name: program,
  program,
  schedule,
  enabled: true,
  place: { path, line },
  ...more,
})
const open = (
  account: string,
  path: string,
  writableBy: readonly ('owner' | 'group' | 'others')[],
  namedBy: { path: string; line?: number },
  group = 0,
): Told => ({ kind: 'file', role: 'run-as', account, group, writableBy: [...writableBy], namedBy, place: { path } })

/** Every way in which a host starts something by itself. */
export default {
  name: 'services',
  base: 'debian',
  purpose:
    'units, timers, jobs, init scripts and supervised programs of every kind, and what of them others may change',
  accounts: [...systemAccounts('debian'), ...people],
  groups: [...systemGroups('debian'), ...people.map(groupOf)],
  files: [
    { type: 'folder', path: '/opt/app' },
    { type: 'folder', path: '/srv/batch', owner: 991, group: 991 },
    script('/opt/app/serve'),
    script('/opt/app/backup.sh', undefined, 0o777),
    script('/opt/app/tick', undefined, 0o755, 990),
    script('/srv/batch/nightly', undefined, 0o755, 991),

    text(
      `${SYSTEM}/app.service`,
      `[Unit]\nDescription=App\n[Service]\nUser=app\nEnvironment="DB_PASSWORD=${PLANTED_SECRET}" LANG=C\nEnvironmentFile=-/etc/default/app-%p\nLoadCredential=tls:/etc/app.key\nSetCredential=token:${PLANTED_SECRET}\nExecStartPre=+/bin/sh /opt/app/backup.sh ${PLANTED_SECRET}\nExecStart=/opt/app/serve --password=${PLANTED_SECRET} \\\n  # a remark\n  --more\n[Install]\nWantedBy=multi-user.target\n`,
    ),
    link(`${SYSTEM}/multi-user.target.wants/app.service`, `${SYSTEM}/app.service`),
    text('/etc/default/app-app', `TOKEN=${PLANTED_SECRET}\n`, { mode: 0o660, group: 990 }),
    text(`${SYSTEM}/report@.service`, '[Service]\nUser=%i\nExecStart=/opt/app/serve report\n'),
    text(`${SYSTEM}/report@.timer`, '[Timer]\nOnCalendar=Mon 04:00\nRandomizedDelaySec=5min\n'),
    link(`${SYSTEM}/timers.target.wants/report@batch.timer`, `${SYSTEM}/report@.timer`),
    text(`${SYSTEM}/gate.service`, '[Service]\nDynamicUser=yes\nExecStart=/opt/app/serve gate\n'),
    text(`${SYSTEM}/gate.socket`, '[Socket]\nListenStream=127.0.0.1:7070\nListenStream=/run/gate.sock\n'),
    link(`${SYSTEM}/sockets.target.wants/gate.socket`, `${SYSTEM}/gate.socket`),
    text(
      `${SYSTEM}/old.service`,
      '[Service]\nUser=olga\nExecStart=/opt/app/serve old\n[Install]\nWantedBy=multi-user.target\n',
    ),
    text(`${SYSTEM}/old.service.d/10-account.conf`, '[Service]\nUser=\nUser=991\n'),
    link(`${SYSTEM}/masked.service`, '/dev/null'),
    text('/usr/lib/systemd/system/masked.service', '[Service]\nUser=olga\nExecStart=/bin/true\n'),
    text('/usr/lib/systemd/system/idle.service', '[Service]\nExecStart=/bin/true\n'),
    text(
      '/home/olga/.config/systemd/user/bot.service',
      '[Service]\nExecStart=%h/bot\n[Install]\nWantedBy=default.target\n',
    ),

    text(
      '/etc/cron.d/app',
      `# jobs\nAPI_KEY=${PLANTED_SECRET}\n*/5 * * * *  root  cd /opt/app && ./tick --key ${PLANTED_SECRET} >/dev/null 2>&1\n@reboot app [ -x /opt/app/serve ] && flock -n /run/x nice /opt/app/serve once\n30 4 1 * Mon root sudo -u batch /srv/batch/nightly\n`,
    ),
    text('/etc/cron.d/with.dot', '* * * * * olga /bin/true\n'),
    text('/etc/cron.d/broken', '* * * * * olga /bin/true\nnonsense\n'),
    text('/etc/cron.d/open', '* * * * * olga /bin/true\n', { mode: 0o666 }),
    text('/var/spool/cron/crontabs/olga', `0 8 * * 1-5 ~/bin/mail%${PLANTED_SECRET}\n`, {
      mode: 0o600,
      owner: 1000,
      group: 101,
    }),
    script('/etc/cron.weekly/rotate'),
    script('/etc/cron.weekly/rotate.sh'),
    text('/etc/anacrontab', '7 10 app.weekly /opt/app/serve weekly\n'),
    text(
      '/var/spool/cron/atjobs/a0000701c899e0',
      `#!/bin/sh\n# atrun uid=1000 gid=1000\n# mail olga 0\numask 22\nSECRET=${PLANTED_SECRET}; export SECRET\nLANG=C; export LANG\ncd /home/olga || {\n\t echo 'Execution directory inaccessible' >&2\n\t exit 1\n}\n./once ${PLANTED_SECRET}\n`,
      { mode: 0o700, owner: 1000, group: 1 },
    ),
    text('/etc/cron.allow', 'root\nolga\n'),

    script(
      '/etc/init.d/legacy',
      `#!/bin/sh\nDAEMON=/opt/app/serve\nRUNAS=app\n. /etc/default/legacy\ncase "$1" in\nstart)\n  start-stop-daemon --start --chuid $RUNAS --exec $DAEMON -- --key ${PLANTED_SECRET}\n  ;;\nesac\n`,
    ),
    text('/etc/default/legacy', 'RUNAS=batch\n'),
    link('/etc/rc2.d/S05legacy', '../init.d/legacy'),
    text('/etc/inetd.conf', `status stream tcp nowait app /opt/app/serve serve ${PLANTED_SECRET}\n`),
    text(
      '/etc/xinetd.d/report',
      `service report\n{\n  user = batch\n  server = /opt/app/serve\n  port = 7777\n  server_args = ${PLANTED_SECRET}\n}\n`,
    ),
    text(
      '/etc/supervisor/conf.d/worker.conf',
      `[program:worker]\ncommand=/opt/app/serve worker --password=${PLANTED_SECRET}\nenvironment=DB_PASSWORD="${PLANTED_SECRET}",LANG="C"\nuser=app\n`,
      { mode: 0o600 },
    ),
    script('/etc/service/feed/run', `#!/bin/sh\nexec chpst -u batch /opt/app/serve feed ${PLANTED_SECRET}\n`),
    script('/etc/rc.local', `#!/bin/sh\nsu app -c '/opt/app/serve boot ${PLANTED_SECRET}'\n`),
  ],
  furtherTruth: [
    unit('app', 'app.service', '/opt/app/serve', `${SYSTEM}/app.service`, 4, {
      enabled: true,
      needs: [
        { type: 'file', name: '/etc/default/app-app' },
        { type: 'file', name: '/etc/app.key' },
        { type: 'credential', name: 'tls' },
        { type: 'credential', name: 'token' },
        { type: 'variable', name: 'DB_PASSWORD' },
      ],
    }),
    unit('root', 'app.service', '/bin/sh', `${SYSTEM}/app.service`, 9, { enabled: true }),
    unit('batch', 'report@batch.service', '/opt/app/serve', `${SYSTEM}/report@.service`, 2, {
      enabled: true,
      schedule: 'OnCalendar=Mon 04:00',
    }),
    unit('gate', 'gate.service', '/opt/app/serve', `${SYSTEM}/gate.service`, 2, {
      enabled: true,
      listens: ['tcp 127.0.0.1:7070', 'unix /run/gate.sock'],
    }),
    unit('batch', 'old.service', '/opt/app/serve', `${SYSTEM}/old.service.d/10-account.conf`, 3, { enabled: false }),
    unit('olga', 'bot.service', '/home/olga/bot', '/home/olga/.config/systemd/user/bot.service', 2, { enabled: false }),
    job('root', '/opt/app/tick', '*/5 * * * *', '/etc/cron.d/app', 3, {
      needs: [{ type: 'variable', name: 'API_KEY' }],
    }),
    job('app', '/opt/app/serve', '@reboot', '/etc/cron.d/app', 4),
    job('root', '/srv/batch/nightly', '30 4 1 * Mon', '/etc/cron.d/app', 5),
    job('batch', '/srv/batch/nightly', '30 4 1 * Mon', '/etc/cron.d/app', 5),
    job('olga', '/home/olga/bin/mail', '0 8 * * 1-5', '/var/spool/cron/crontabs/olga', 1),
    {
      kind: 'usage',
      consumer: 'cron-job',
      account: 'root',
      name: '/etc/cron.weekly/rotate',
      program: '/etc/cron.weekly/rotate',
      schedule: 'cron.weekly',
      place: { path: '/etc/cron.weekly/rotate' },
    },
    {
      kind: 'usage',
      consumer: 'anacron-job',
      account: 'root',
      name: 'app.weekly',
      schedule: '7 10',
      program: '/opt/app/serve',
      place: { path: '/etc/anacrontab', line: 1 },
    },
    {
      kind: 'usage',
      consumer: 'at-job',
      account: 'olga',
      name: 'job 7 of queue a',
      program: '/home/olga/once',
      schedule: '2026-11-23T10:08Z',
      needs: [{ type: 'variable', name: 'SECRET' }],
      place: { path: '/var/spool/cron/atjobs/a0000701c899e0' },
    },
    {
      kind: 'usage',
      consumer: 'init-script',
      account: 'batch',
      name: 'legacy',
      program: '/opt/app/serve',
      enabled: true,
      place: { path: '/etc/init.d/legacy', line: 7 },
    },
    {
      kind: 'usage',
      consumer: 'inetd-service',
      account: 'app',
      name: 'status',
      program: '/opt/app/serve',
      listens: ['tcp status'],
      place: { path: '/etc/inetd.conf', line: 1 },
    },
    {
      kind: 'usage',
      consumer: 'inetd-service',
      account: 'batch',
      name: 'report',
      program: '/opt/app/serve',
      listens: ['tcp *:7777'],
      place: { path: '/etc/xinetd.d/report', line: 3 },
    },
    {
      kind: 'usage',
      consumer: 'supervisor-program',
      account: 'app',
      name: 'worker',
      program: '/opt/app/serve',
      enabled: true,
      needs: [{ type: 'variable', name: 'DB_PASSWORD' }],
      place: { path: '/etc/supervisor/conf.d/worker.conf', line: 4 },
    },
    {
      kind: 'usage',
      consumer: 'supervisor-program',
      account: 'batch',
      name: 'feed',
      program: '/opt/app/serve',
      enabled: true,
      place: { path: '/etc/service/feed/run', line: 2 },
    },
    {
      kind: 'usage',
      consumer: 'init-script',
      account: 'root',
      name: '/etc/rc.local',
      program: '/etc/rc.local',
      place: { path: '/etc/rc.local' },
    },
    {
      kind: 'usage',
      consumer: 'init-script',
      account: 'app',
      name: '/etc/rc.local',
      program: '/opt/app/serve',
      place: { path: '/etc/rc.local' },
    },
    open('root', '/opt/app/backup.sh', ['group', 'others'], { path: `${SYSTEM}/app.service`, line: 9 }),
    open('app', '/etc/default/app-app', ['group'], { path: `${SYSTEM}/app.service` }, 990),
    open('root', '/etc/default/app-app', ['group'], { path: `${SYSTEM}/app.service` }, 990),
    open('root', '/opt/app/tick', ['owner'], { path: '/etc/cron.d/app', line: 3 }),
  ],
  scan: { account: 'root', sudo: 'not-needed' },
} satisfies HostDescription
