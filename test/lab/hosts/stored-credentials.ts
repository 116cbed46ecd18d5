import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { FileDescription, HostDescription, ScanAccount } from '../description.ts'
import { scannerAndJudy, SUDOERS } from '../scanner-and-judy.ts'

/** A secret that is nowhere else: looked for in all that the product writes. */
const secret = () => `Zq7-${randomBytes(9).toString('base64url').replaceAll(/[-_]/g, 'x')}`

export const SECRETS: Readonly<Record<string, string>> = Object.fromEntries(
  [
    'netrc',
    'pgpass',
    'git',
    'env',
    'properties',
    'mysql',
    'cron',
    'packed',
    'old',
    'within',
    'elsewhere',
    'variable',
    'argument',
    'beyond',
    'excluded',
  ].map((name) => [name, secret()]),
)

const text = (path: string, content: string | Uint8Array, mode: number, owner = 0): FileDescription => ({
  type: 'file',
  path,
  content,
  mode,
  owner,
  group: owner,
})

/** The file that `git credential-store` writes. */
const gitCredentials = () => {
  const home = mkdtempSync(join(tmpdir(), 'rollcall-git-'))
  try {
    const file = join(home, 'stored')
    execFileSync('git', ['credential-store', `--file=${file}`, 'store'], {
      input: `protocol=https\nhost=git.example.org\nusername=judy\npassword=${SECRETS['git']}\n\n`,
      env: { ...process.env, HOME: home },
    })
    return readFileSync(file, 'utf8')
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}

const files: readonly FileDescription[] = [
  text('/root/.netrc', `machine ftp.example.org login backup password ${SECRETS['netrc']}\n`, 0o600),
  text('/home/judy/.pgpass', `db1.example.org:5432:shop:shop:${SECRETS['pgpass']}\n`, 0o600, 1001),
  text('/home/judy/.git-credentials', gitCredentials(), 0o600, 1001),
  text('/etc/app/app.env', `DB_HOST=db1\nDB_USER=shop\nDB_PASSWORD=${SECRETS['env']}\n`, 0o644),
  text(
    '/opt/app/application.properties',
    `spring.mail.username=robot\nspring.mail.password=${SECRETS['properties']}\n`,
    0o640,
  ),
  text('/etc/mysql/debian.cnf', `[client]\nuser = maint\npassword = ${SECRETS['mysql']}\n`, 0o600),
  text('/etc/cron.d/dump', `5 3 * * * root mysqldump -u dump -p${SECRETS['cron']} shop >/dev/null\n`, 0o644),
  text('/var/backups/app.env.gz', gzipSync(`DB_PASSWORD=${SECRETS['packed']}\n`), 0o600),
  text('/etc/app/app.env.bak', `DB_PASSWORD=${SECRETS['old']}\n`, 0o600),
  text(
    '/home/judy/work/.git/config',
    `[remote "origin"]\n\turl = https://judy:${SECRETS['within']}@git.example.org/x.git\n`,
    0o600,
    1001,
  ),
  text('/data/service/.netrc', `machine api.example.org login svc password ${SECRETS['elsewhere']}\n`, 0o600),
  text('/srv/excluded/.netrc', `machine api.example.org login svc password ${SECRETS['excluded']}\n`, 0o600),
  // What must neither hang nor fail a scan.
  { type: 'fifo', path: '/etc/app/pipe.conf', mode: 0o666 },
  { type: 'link', path: '/etc/app/loop.conf', to: 'loop.conf' },
  { type: 'link', path: '/etc/app/loop', to: '..' },
  text('/etc/app/empty.conf', '', 0o644),
  text('/etc/app/binary.conf', randomBytes(20_000), 0o644),
  text('/etc/app/reference.env', 'DB_PASSWORD=${FROM_VAULT}\nPASSWORD_FILE=/run/secrets/db\n', 0o644),
]

const describe = (
  name: string,
  purpose: string,
  scan: ScanAccount,
  sudoers: Record<string, string>,
): HostDescription => ({
  name,
  base: 'debian',
  purpose,
  ...scannerAndJudy(),
  sudoers: { '/etc/sudoers': SUDOERS, ...sudoers },
  files,
  scan,
})

export default describe(
  'stored-credentials',
  'credentials in files and processes, and files that are hard to read',
  { account: 'root', sudo: 'not-needed' },
  {},
)
export const asUser = describe(
  'credentials-user',
  'the same for an account that may read little of it',
  { account: 'scanner', sudo: 'none' },
  {},
)
export const asListed = describe(
  'credentials-listed',
  'the same for an account that sudo lets read a few files',
  { account: 'scanner', sudo: 'listed', reads: ['/etc/shadow'] },
  { '/etc/sudoers.d/scanner': 'scanner ALL=(root) NOPASSWD: /usr/bin/cat /etc/shadow\n' },
)

/** What is made inside: processes with secrets, a file larger than is read, and more files than anybody wants. */
export const PROCESSES = `
SHOP_DB_PASSWORD=${SECRETS['variable']} SHOP_DB_USER=shop setsid sleep 1000 >/dev/null 2>&1 </dev/null &
setsid sh -c 'while :; do sleep 100; done' mysql --user=shop --password=${SECRETS['argument']} >/dev/null 2>&1 </dev/null &
truncate -s 3G /etc/app/sparse.conf
{ head -c 9000000 /dev/zero | tr '\\0' '\\n'; echo 'DB_PASSWORD=${SECRETS['beyond']}'; } >/etc/app/long.env
mkdir -p /srv/many; cd /srv/many
i=0; while [ $i -lt 3000 ]; do echo "setting = $i" >$i.conf; i=$((i+1)); done
sleep 1`

/** Where each is, as a scan tells it: file and line, name, account and system. */
export const PLANTED: readonly (readonly [path: string, line: number, account?: string, system?: string])[] = [
  ['/root/.netrc', 1, 'backup', 'ftp.example.org'],
  ['/home/judy/.pgpass', 1, 'shop', 'db1.example.org:5432'],
  ['/home/judy/.git-credentials', 1, 'judy', 'git.example.org'],
  ['/etc/app/app.env', 3, 'shop', 'db1'],
  ['/opt/app/application.properties', 2, 'robot'],
  ['/etc/mysql/debian.cnf', 3, 'maint'],
  ['/etc/cron.d/dump', 1, 'dump'],
  ['/var/backups/app.env.gz', 1],
  ['/etc/app/app.env.bak', 1],
  ['/home/judy/work/.git/config', 2, 'judy', 'git.example.org'],
  ['/data/service/.netrc', 1, 'svc', 'api.example.org'],
]
