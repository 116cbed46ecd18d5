import { randomBytes } from 'node:crypto'
import { groupOf, person, type FileDescription, type HostDescription } from '../../lab/description.ts'
import type { LabHost } from '../../lab/lab.ts'
import { systemAccounts, systemGroups } from '../../lab/system-accounts.ts'

/*
 * One host as estates have them by the thousand: 150 accounts, 300 authorised keys, 40 units, 60 cron entries, and 20,000 files in
 * the folders that are searched.
 */

const PEOPLE = 150
const KEYS_EACH = 2
const UNITS = 40
const CRON_FILES = 12
const CRON_LINES = 5
const FOLDERS = 200
const FILES_EACH = 100

const people = Array.from({ length: PEOPLE - 20 }, (_, n) =>
  person(`user${n}`, 1000 + n, { state: 'usable', scheme: 'sha512crypt', password: `user${n}` }),
)

const sized = (part: Uint8Array | string) => {
  const bytes = Buffer.from(part)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

/** A key that nobody holds the private half of: for reading, any point and any modulus will do. */
const authorizedKey = (name: string, n: number): string => {
  const type = n % 5 === 0 ? 'ssh-rsa' : 'ssh-ed25519'
  const parts =
    type === 'ssh-rsa'
      ? [Buffer.from([1, 0, 1]), Buffer.concat([Buffer.from([0, 0xc1]), randomBytes(254), Buffer.from([0x0b])])]
      : [randomBytes(32)]
  const options = n % 7 === 0 ? 'from="10.0.0.0/8",no-agent-forwarding ' : ''
  return `${options}${type} ${Buffer.concat([sized(type), ...parts.map(sized)]).toString('base64')} ${name}@laptop${n}\n`
}

const keyFiles = people.map(({ name, uid, home }, n): FileDescription => ({
  type: 'file',
  path: `${home}/.ssh/authorized_keys`,
  owner: uid,
  group: uid,
  mode: 0o600,
  content: Array.from({ length: KEYS_EACH + (n < 40 ? 1 : 0) }, (_, k) => authorizedKey(name, n * 3 + k)).join(''),
}))

const keyFolders = people.map(({ uid, home }): FileDescription => ({
  type: 'folder',
  path: `${home}/.ssh`,
  owner: uid,
  group: uid,
  mode: 0o700,
}))

const units = Array.from({ length: UNITS }, (_, n): FileDescription => ({
  type: 'file',
  path: `/etc/systemd/system/app${n}.service`,
  mode: 0o644,
  content: `[Unit]\nDescription=Application ${n}\nAfter=network.target\n\n[Service]\nType=simple\n${n % 2 ? `User=user${n}\n` : ''}Environment=MODE=production\nEnvironmentFile=-/etc/default/app${n}\nExecStart=/opt/app${n}/bin/server --port 80${n}\nRestart=always\n\n[Install]\nWantedBy=multi-user.target\n`,
}))

const cron = Array.from({ length: CRON_FILES }, (_, n): FileDescription => ({
  type: 'file',
  path: `/etc/cron.d/jobs${n}`,
  mode: 0o644,
  content: `SHELL=/bin/sh\nPATH=/usr/sbin:/usr/bin:/sbin:/bin\n${Array.from({ length: CRON_LINES }, (_, k) => `${k} ${n} * * * user${n} cd /opt/app${n} && ./bin/job${k} --quiet >/dev/null 2>&1\n`).join('')}`,
}))

/** People log in with the few keys they have. */
const fingerprints = Array.from({ length: 120 }, () => randomBytes(32).toString('base64').slice(0, 43))

const logins = Array.from(
  { length: 5000 },
  (_, n) =>
    `2026-11-${String(1 + (n % 20)).padStart(2, '0')}T08:${String(n % 60).padStart(2, '0')}:00.000000+00:00 typical sshd[${1000 + n}]: ${n % 4 === 0 ? `Accepted publickey for user${n % 100} from 192.0.2.${n % 250} port ${20_000 + n} ssh2: ED25519 SHA256:${fingerprints[n % 120]}` : `Connection closed by 192.0.2.${n % 250} port ${20_000 + n} [preauth]`}\n`,
).join('')

export const TYPICAL: HostDescription = {
  name: 'typical',
  base: 'debian',
  purpose: 'what one host of an estate holds',
  accounts: [...systemAccounts('debian'), ...people],
  groups: [
    ...systemGroups('debian', { sudo: people.slice(0, 8).map(({ name }) => name) }),
    ...people.map(groupOf),
    ...Array.from({ length: 20 }, (_, n) => ({
      name: `team${n}`,
      gid: 5000 + n,
      members: people.slice(n * 5, n * 5 + 12).map(({ name }) => name),
    })),
  ],
  sudoers: {
    '/etc/sudoers': 'Defaults env_reset\nroot ALL=(ALL:ALL) ALL\n%sudo ALL=(ALL:ALL) ALL\n@includedir /etc/sudoers.d\n',
    '/etc/sudoers.d/teams': Array.from(
      { length: 10 },
      (_, n) => `%team${n} ALL=(root) NOPASSWD: /usr/bin/systemctl restart app${n}.service, /usr/bin/journalctl\n`,
    ).join(''),
  },
  files: [
    ...keyFolders,
    ...keyFiles,
    ...units,
    ...cron,
    { type: 'file', path: '/var/log/auth.log', mode: 0o640, content: logins },
  ],
  scan: { account: 'root', sudo: 'not-needed' },
}

/** Fills the folders that are searched; quicker from inside than by describing each file. */
export const fillFolders = async (host: LabHost): Promise<void> => {
  const { exit, stderr } = await host.inside(['sh', '-ec', FILL])
  if (exit !== 0) throw new Error(`the host could not be filled: ${stderr.slice(0, 500)}`)
}

const FILL = `for base in /srv/data /opt/app /var/lib/app /home/user1/work; do
  i=0
  while [ $i -lt ${FOLDERS / 4} ]; do
    mkdir -p $base/$i; j=0
    while [ $j -lt ${FILES_EACH} ]; do echo "setting=$j" >$base/$i/file$j.conf; j=$((j+1)); done
    i=$((i+1))
  done
done`
