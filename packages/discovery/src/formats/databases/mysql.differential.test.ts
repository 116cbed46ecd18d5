import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readFileSync } from 'node:fs'
import { mysql, parseMysql } from './mysql-accounts.ts'
import { parsePasswd } from '../accounts/passwd.ts'

const SERVER = '/usr/sbin/mariadbd'
const INSTALL = '/usr/bin/mariadb-install-db'
const owner = parsePasswd(readFileSync('/etc/passwd', 'utf8'), '').entries.find(({ name }) => name === 'mysql')
const canRun = existsSync(SERVER) && existsSync(INSTALL) && owner !== undefined && process.getuid?.() === 0

/** Needs root, which the server takes for its own root by the socket; and the package mariadb-server. */
describe.skipIf(!canRun)('beside a MariaDB server of this machine', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-mysql-'))
  const socket = join(folder, 'mysqld.sock')
  const CLIENT = '/usr/bin/mariadb'
  let server: ReturnType<typeof spawn> | undefined
  const sql = (query: string) => {
    const { stdout, stderr, status } = spawnSync(CLIENT, ['--no-defaults', '-N', '-B', '-S', socket, '-e', query], {
      encoding: 'utf8',
    })
    if (status !== 0) throw new Error(stderr)
    return stdout
  }
  const asked = () => {
    const [program, ...args] = mysql(socket)
    return spawnSync(program, args, { encoding: 'utf8' }).stdout
  }

  beforeAll(async () => {
    chownSync(folder, owner!.uid, owner!.gid)
    chmodSync(folder, 0o755)
    const common = ['--no-defaults', `--datadir=${folder}/data`, '--user=mysql']
    spawnSync(INSTALL, [...common, '--auth-root-authentication-method=socket', '--skip-test-db'], { encoding: 'utf8' })
    const options = [
      '--skip-networking',
      `--socket=${socket}`,
      `--pid-file=${folder}/pid`,
      '--innodb-flush-log-at-trx-commit=0',
    ]
    server = spawn(SERVER, [...common, ...options, '--innodb-buffer-pool-size=16M'], { stdio: 'ignore' })
    for (let tries = 0; tries < 600 && !existsSync(socket); tries++) await delay(50)
    sql(`CREATE USER 'app'@'10.%' IDENTIFIED BY 'one';
      CREATE USER 'open'@'%';
      CREATE USER 'boss'@'localhost' IDENTIFIED VIA unix_socket;
      GRANT ALL PRIVILEGES ON *.* TO 'boss'@'localhost' WITH GRANT OPTION;
      CREATE USER 'odd\\\\ \\t''\u00e9'@'localhost' IDENTIFIED BY 'two' ACCOUNT LOCK;
      CREATE USER 'wr'@'localhost' IDENTIFIED BY 'three';
      GRANT INSERT, UPDATE ON mysql.* TO 'wr'@'localhost';
      GRANT FILE, PROCESS, SELECT ON *.* TO 'app'@'10.%';
      CREATE ROLE readers; GRANT readers TO 'app'@'10.%'; GRANT SUPER ON *.* TO readers;`)
  }, 120_000)
  afterAll(async () => {
    server?.kill('SIGKILL')
    await delay(100)
    rmSync(folder, { recursive: true, force: true })
  })

  test('every account is told with its host, how it proves itself and what it may, and no hash is ever printed', () => {
    const text = asked()
    const told = parseMysql(text, { path: socket })!
    const place = { path: socket }
    const base = {
      kind: 'service-account',
      service: 'mysql',
      instance: socket,
      superuser: 'no',
      login: 'yes',
      scope: 'localhost',
      place,
    }
    const accounts = new Map(told.accounts!.map((account) => [account.name, account]))
    expect(accounts.get('app')).toEqual({
      ...base,
      name: 'app',
      scope: '10.%',
      password: 'set',
      scheme: 'mysql_native_password',
      strength: 'weak',
      privileges: ['FILE', 'PROCESS'],
      memberOf: ['readers'],
    })
    expect(accounts.get('open')).toEqual({ ...base, name: 'open', scope: '%', password: 'empty', strength: 'weak' })
    expect(accounts.get('boss')).toEqual({
      ...base,
      name: 'boss',
      superuser: 'yes',
      password: 'external',
      scheme: 'unix_socket',
      privileges: ['ALL PRIVILEGES'],
    })
    expect(accounts.get("odd\\ \t'\u00e9")).toMatchObject({ login: 'no', password: 'set' })
    expect(accounts.get('wr')).toMatchObject({ privileges: ['writes to mysql.*'] })
    expect(accounts.get('readers')).toMatchObject({
      login: 'no',
      superuser: 'yes',
      password: 'none',
      privileges: ['SUPER'],
    })
    // As the package sets it up: no password can match, and the socket decides.
    expect(accounts.get('root')).toMatchObject({
      login: 'yes',
      superuser: 'yes',
      password: 'external',
      scheme: 'unix_socket',
    })
    expect(accounts.get('mariadb.sys')).toMatchObject({ login: 'no' })
    expect(told).toMatchObject({
      instance: socket,
      cut: false,
      settings: expect.arrayContaining([['skip_networking', 'ON']]),
    })
    expect(text).not.toMatch(/\*[0-9A-F]{40}/)
  })

  test('the accounts are those of mysql.user, no more and no less', () => {
    const theirs = sql("SELECT CONCAT(User, '@', Host) FROM mysql.user")
      .split('\n')
      .filter((line) => line !== '')
    const ours = parseMysql(asked(), { path: socket })!.accounts!.map(({ name, scope = '' }) => `${name}@${scope}`)
    expect(ours.toSorted()).toEqual(
      theirs.map((line) => line.replaceAll('\\\\', '\\').replaceAll('\\t', '\t')).toSorted(),
    )
  })

  test('the session can change nothing', () => {
    const [program, ...args] = mysql(socket)
    for (const change of ['CREATE TABLE mysql.witness (a int)', 'DELETE FROM mysql.roles_mapping']) {
      const changing = [...args.slice(0, -1), `${args.at(-1)}; ${change}`]
      expect(spawnSync(program, changing, { encoding: 'utf8' }).stderr).toMatch(/READ ONLY transaction/)
    }
  })

  test('an account that the server does not know is told apart from a server without accounts', () => {
    const [program, ...args] = mysql(socket)
    const { stdout } = spawnSync('setpriv', ['--reuid=65534', '--clear-groups', program, ...args], { encoding: 'utf8' })
    expect(parseMysql(stdout, { path: '' })?.accounts).toBeUndefined()
  })
})

test('any output is accounts, or none, and never an exception', () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.oneof(fc.string(), fc.constantFrom('user', 'server', 'also', 'Y')))), (rows) => {
      const told = parseMysql(`server\t1\n${rows.map((row) => row.join('\t')).join('\n')}`, { path: '' })
      expect(told).toBeDefined()
    }),
  )
})
