import { spawnSync } from 'node:child_process'
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { IncludedFiles } from '../included-files.ts'
import { parsePasswd } from '../accounts/passwd.ts'
import { parsePostgresqlConf } from './postgresql-conf.ts'
import { parseHba } from './postgresql-hba.ts'
import { parsePostgresql, psql } from './postgresql-roles.ts'

const RUNUSER = '/usr/sbin/runuser'
const HOME = '/usr/lib/postgresql'
const version = existsSync(HOME)
  ? readdirSync(HOME).find((name) => existsSync(join(HOME, name, 'bin/postgres')))
  : undefined
const owner = parsePasswd(readFileSync('/etc/passwd', 'utf8'), '').entries.find(({ name }) => name === 'postgres')
const canRun = version !== undefined && owner !== undefined && process.getuid?.() === 0 && existsSync(RUNUSER)

/** Needs root, since the server refuses to run as root and another account has to be taken; and the package postgresql. */
describe.skipIf(!canRun)('beside a PostgreSQL server of this machine', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-postgresql-'))
  const data = join(folder, 'data')
  const sockets = join(folder, 'run')
  const asOwner = (program: string, ...args: readonly string[]) =>
    spawnSync(RUNUSER, ['-u', 'postgres', '--', join(HOME, version!, 'bin', program), ...args], { encoding: 'utf8' })
  const sql = (query: string) => {
    const args = ['-u', 'postgres', '--', 'psql', '-XAtq', '-h', sockets, '-d', 'postgres', '-c', query]
    const { stdout, stderr, status } = spawnSync(RUNUSER, args, { encoding: 'utf8' })
    if (status !== 0) throw new Error(stderr)
    return stdout
  }
  const own = (path: string, text: string) => {
    writeFileSync(path, text, 'latin1')
    chownSync(path, owner!.uid, owner!.gid)
  }

  beforeAll(() => {
    chownSync(folder, owner!.uid, owner!.gid)
    mkdirSync(sockets)
    chownSync(sockets, owner!.uid, owner!.gid)
    asOwner('initdb', '-D', data, '-A', 'peer', '-N', '--locale=C', '-E', 'UTF8')
    own(
      join(data, 'postgresql.conf'),
      `listen_addresses = ''   # nothing\nunix_socket_directories '${sockets}'\nPort=5432\nfsync = off\npassword_encryption = md5\ncluster_name = 'it''s \\'quoted\\''\n`,
    )
    const { status, stderr } = asOwner('pg_ctl', '-D', data, '-w', '-l', join(folder, 'log'), 'start')
    if (status !== 0) throw new Error(stderr)
    sql(`CREATE ROLE app LOGIN PASSWORD 'one';
      SET password_encryption = 'scram-sha-256';
      CREATE ROLE dba SUPERUSER NOLOGIN;
      CREATE ROLE "Ann ""A"" \u00e9" LOGIN CREATEDB CREATEROLE PASSWORD 'two' VALID UNTIL '2020-02-29 12:00:00+02';
      CREATE ROLE for_ever LOGIN REPLICATION BYPASSRLS VALID UNTIL 'infinity' ROLE app;
      GRANT dba TO for_ever; GRANT pg_execute_server_program TO "Ann ""A"" \u00e9";`)
  }, 60_000)
  afterAll(() => {
    asOwner('pg_ctl', '-D', data, '-m', 'immediate', '-w', 'stop')
    rmSync(folder, { recursive: true, force: true })
  })

  const asked = () => {
    const [program, ...args] = psql(sockets, '5432', 'postgres')
    return spawnSync(program, args, { encoding: 'utf8' }).stdout
  }

  test('every role is told with what pg_roles and pg_authid say of it, and no hash is ever printed', () => {
    const text = asked()
    const told = parsePostgresql(text, '5432', { path: sockets })!
    const brief = Object.fromEntries(
      told.accounts.map(({ name, login, superuser, password, scheme, expires, privileges, memberOf }) => [
        name,
        { login, superuser, password, scheme, expires, privileges, memberOf },
      ]),
    )
    expect(brief).toEqual({
      postgres: {
        login: 'yes',
        superuser: 'yes',
        password: 'none',
        privileges: ['SUPERUSER', 'CREATEROLE', 'REPLICATION', 'BYPASSRLS', 'CREATEDB'],
      },
      app: {
        login: 'yes',
        superuser: 'no',
        password: 'set',
        scheme: 'md5',
        privileges: ['may become dba'],
        memberOf: ['for_ever'],
      },
      dba: { login: 'no', superuser: 'yes', password: 'none', privileges: ['SUPERUSER'] },
      'Ann "A" \u00e9': {
        login: 'yes',
        superuser: 'no',
        password: 'set',
        scheme: 'scram-sha-256',
        expires: '2020-02-29T10:00:00.000Z',
        privileges: ['pg_execute_server_program', 'CREATEROLE', 'CREATEDB'],
        memberOf: ['pg_execute_server_program'],
      },
      for_ever: {
        login: 'yes',
        superuser: 'no',
        password: 'none',
        privileges: ['may become dba', 'REPLICATION', 'BYPASSRLS'],
        memberOf: ['dba'],
      },
    })
    expect(told).toMatchObject({ cut: false, unread: 0, files: { hba: join(data, 'pg_hba.conf') } })
    expect(text).not.toMatch(/md5[0-9a-f]{32}|SCRAM-SHA-256\$/)
  })

  test('the session can change nothing, and runs no function that somebody planted', () => {
    sql(`CREATE TABLE public.witness (who text);
      CREATE FUNCTION public.isfinite(timestamp with time zone) RETURNS boolean LANGUAGE sql AS
        $$ INSERT INTO public.witness VALUES (session_user) RETURNING true $$;
      ALTER ROLE postgres SET search_path = public, pg_catalog;`)
    expect(parsePostgresql(asked(), '5432', { path: '' })!.accounts).toHaveLength(5)
    expect(sql('SELECT count(*) FROM public.witness').trim()).toBe('0')
    const [program, ...args] = psql(sockets, '5432', 'postgres')
    const changing = args.with(args.length - 1, "INSERT INTO public.witness VALUES ('changed')")
    expect(spawnSync(program, changing, { encoding: 'utf8' })).toMatchObject({
      stderr: expect.stringContaining('read-only'),
    })
    sql('ALTER ROLE postgres RESET search_path; DROP TABLE public.witness; DROP FUNCTION public.isfinite')
  })

  test('an account of the scan that has no role is told apart from a server without roles', () => {
    const [program, ...args] = psql(sockets, '5432')
    const { status, stdout } = spawnSync(program, args, { encoding: 'utf8' })
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(parsePostgresql(stdout, '5432', { path: '' })).toBeUndefined()
  })

  test('postgresql.conf is read as the server reads it', () => {
    const path = join(data, 'postgresql.conf')
    const parameters = parsePostgresqlConf(readFileSync(path, 'utf8'), path)
    for (const [name, { value }] of parameters)
      expect([name, value]).toEqual([name, sql(`SHOW ${name}`).replace(/\n$/, '')])
    expect([...parameters.keys()]).toContain('port')
  })

  const files: IncludedFiles = {
    text: (path) => (existsSync(path) && statSync(path).isFile() ? readFileSync(path, 'latin1') : undefined),
    paths: () => [],
  }

  const compared = (text: string) => {
    const path = join(data, 'pg_hba.conf')
    own(path, text)
    const theirs = sql(
      `SELECT row_to_json(x) FROM (SELECT line_number, type, database, user_name, address, auth_method, options,
        error IS NULL AS good FROM pg_hba_file_rules ORDER BY line_number) x`,
    )
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    const { entries, reasons } = parseHba(path, files)
    return {
      ours: entries.map((rule) => ({
        line: rule.place.line,
        type: rule.type,
        databases: rule.databases.map((word) => word.text),
        users: rule.users.map((word) => word.text),
        method: rule.method,
      })),
      theirs: theirs
        .filter(({ good }) => good)
        .map((row) => ({
          line: row['line_number'],
          type: row['type'],
          databases: row['database'],
          users: row['user_name'],
          method: row['auth_method'],
        })),
      refusedByUs: reasons.map(({ line }) => line),
      refusedByThem: theirs.filter(({ good }) => !good).map((row) => row['line_number']),
    }
  }

  test('lists, quotes, files of names, comments, continued lines and masks of pg_hba.conf mean what the server says', () => {
    own(join(data, 'names'), 'one, two # no three\n"all"\n@more\n')
    own(join(data, 'more'), 'four\n')
    const told = compared(`# a comment
local all all peer
local "all",sameuser, replication postgres,+dba peer # the rest
host all \\
  all \\
  10.0.0.0/8 md5
local @names @names trust
host all all 192.168.0.0 255.255.0.0 scram-sha-256
host all all ::1/128 reject
hostnossl "a b","q""q" all .example.org ident map=m
hostnossl all all samehost password
host all all all ident map="x y"
local all all ident
local all,all
host all all 10.0.0.0/8
local all all magic
`)
    expect(told.ours).toEqual(told.theirs)
    expect(told.ours).toHaveLength(10)
    expect(told.refusedByUs).toEqual(told.refusedByThem)
  })

  test('words of any kind make the same lists as in the server', () => {
    const word = fc.oneof(
      fc.constantFrom(
        'all',
        'sameuser',
        '+admins',
        '"all"',
        '"a b"',
        'x""y',
        'a,b',
        'a, b',
        ',a',
        'replication',
        '"#"',
      ),
      fc
        .stringMatching(/^[a-z0-9_"]{1,8}$/)
        .filter((text) => (text.match(/"/g)?.length ?? 0) % 2 === 0 && text !== '""'),
    )
    const line = fc
      .tuple(fc.constantFrom(' ', '\t', '  '), word, word)
      .map(([space, database, user]) => ['local', database, user, 'trust'].join(space))
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 20 }), (lines) => {
        const { ours, theirs } = compared(`${lines.join('\n')}\n`)
        expect(ours).toEqual(theirs)
      }),
      { numRuns: 25 },
    )
  })
})

test('a server that lies about itself makes no accounts that the contract does not allow, and no exception', () => {
  fc.assert(
    fc.property(fc.array(fc.json()), (rows) => {
      const text = [
        '{"k":"server"}',
        ...rows.map((row) => `{"k":"role","name":${row},"groups":${row},"expires":${row}}`),
      ]
      const told = parsePostgresql(text.join('\n'), '5432', { path: '/x' })
      expect(told?.accounts.every(({ name }) => name.length <= 256)).toBe(true)
    }),
  )
})

test('files that name each other for ever come to an end', () => {
  const all = new Map([
    ['/x/pg_hba.conf', `${'include pg_hba.conf\n'.repeat(50)}local @a all peer\n`],
    ['/x/a', '@a '.repeat(500)],
  ])
  const { reasons, entries } = parseHba('/x/pg_hba.conf', { text: (path) => all.get(path), paths: () => [] })
  expect(entries.length).toBeLessThan(10_000)
  expect(reasons.length).toBeGreaterThan(0)
})
