import { spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import * as fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { parseApache, parseEnvvars } from '../formats/web/apache-conf.ts'
import { gatherIncluded, includedFiles, type IncludedFiles } from '../formats/included-files.ts'
import { parseNginx } from '../formats/web/nginx-conf.ts'
import { parseFpm } from '../formats/web/php-fpm-conf.ts'
import { exampleFile } from '../probe.ts'

const root = process.getuid?.() === 0
const folder = mkdtempSync(join(tmpdir(), 'rollcall-web-'))
chmodSync(folder, 0o755)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The files of this machine. */
const here: IncludedFiles = {
  text: (path) => (existsSync(path) && statSync(path).isFile() ? readFileSync(path, 'utf8') : undefined),
  paths: (pattern) => globSync(pattern).toSorted(),
}

const write = (name: string, text: string) => {
  const path = join(folder, name)
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, text)
  return path
}

const freePort = () =>
  new Promise<number>((resolve) => {
    const server = createServer()
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' ? address!.port : 0))
    })
  })

const uidOf = (pid: number) => Number(/^Uid:\t\d+\t(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
const childrenOf = (pid: number) =>
  readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return []
    try {
      return new RegExp(`^PPid:\t${pid}$`, 'm').test(readFileSync(`/proc/${name}/status`, 'utf8')) ? [Number(name)] : []
    } catch {
      return []
    }
  })

const NGINX = '/usr/sbin/nginx'
describe.skipIf(!root || !existsSync(NGINX))('beside nginx (root, package nginx-light)', () => {
  test('its workers run as the account that we read', async () => {
    const port = await freePort()
    write('nginx/account.inc', `# "\nuser   'games' "games";\n`)
    const main = write(
      'nginx/nginx.conf',
      `daemon off;pid ${folder}/nginx.pid;error_log ${folder}/error.log;worker_processes 1;\ninclude *.inc;\nevents{}\nhttp{access_log off;server{listen 127.0.0.1:${port};return 200 "user root; {";}}\n`,
    )
    const user = parseNginx(main, here).directives.find(({ name, depth }) => name === 'user' && depth === 0)
    expect(user).toMatchObject({ words: ['games', 'games'], place: { path: `${folder}/nginx/account.inc`, line: 2 } })
    const server = spawn(NGINX, ['-c', main, '-p', `${folder}/nginx`], { stdio: 'ignore' })
    try {
      let workers: number[] = []
      for (let tries = 0; tries < 200 && workers.length === 0; tries++) {
        await delay(20)
        workers = childrenOf(server.pid!)
      }
      await delay(50)
      const games = Number(/^games:[^:]*:(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8'))?.[1])
      expect(workers.map(uidOf)).toEqual([games])
    } finally {
      // Its workers first: once it is gone, they are nobody's children.
      const workers = childrenOf(server.pid!)
      server.kill('SIGKILL')
      for (const pid of workers) process.kill(pid, 'SIGKILL')
    }
  })

  test('the configuration that Debian ships names its account outside of all blocks', () => {
    const { directives } = parseNginx('/etc/nginx/nginx.conf', here)
    expect(directives.find(({ name }) => name === 'user')?.words).toEqual(['www-data'])
    expect(directives.find(({ name }) => name === 'default_type')?.depth).toBe(1)
  })
})

const APACHE = '/usr/sbin/apache2'
describe.skipIf(!existsSync(APACHE))('beside Apache (package apache2)', () => {
  const dumped = (main: string, environment: Record<string, string>) => {
    const { stdout } = spawnSync(APACHE, ['-t', '-D', 'DUMP_RUN_CFG', '-f', main], {
      encoding: 'utf8',
      env: { PATH: '/usr/bin', ...environment },
    })
    return /^User: name="([^"]*)"/m.exec(stdout)?.[1]
  }
  const ours = (main: string, variables: ReadonlyMap<string, string>) =>
    parseApache(main, here, variables).directives.findLast(({ name, host }) => name === 'user' && host === 0)?.words[0]

  test('the account is the one it would take, through variables, includes, continued lines and virtual hosts', () => {
    write('apache/sites/a.conf', '<VirtualHost *:80>\nServerName a\n</VirtualHost>\nDefine WHO "ga\\\nmes"\n')
    const main = write(
      'apache/apache2.conf',
      `ServerRoot ${folder}/apache\nPidFile ${folder}/pid\nErrorLog ${folder}/log\nDefaultRuntimeDir ${folder}\nMutex file:${folder} default\nLoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so\nLoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so\nServerName x\nListen 127.0.0.1:8\n  uSeR   \${FIRST}\nIncludeOptional sites/*.conf\nUser \${WHO}\nGroup games\n`,
    )
    expect(ours(main, new Map([['FIRST', 'daemon']]))).toBe('games')
    expect(dumped(main, { FIRST: 'daemon' })).toBe('games')
  })

  test('what Debian ships runs as what its envvars say', () => {
    const environment = spawnSync('/bin/sh', ['-c', '. /etc/apache2/envvars && env'], { encoding: 'utf8' }).stdout
    const theirs = Object.fromEntries(
      environment.split('\n').map((line) => [line.split('=', 1)[0]!, line.slice(line.indexOf('=') + 1)]),
    )
    const variables = parseEnvvars(readFileSync('/etc/apache2/envvars', 'utf8'))
    expect(variables.get('APACHE_RUN_USER')).toBe(theirs['APACHE_RUN_USER'])
    expect(ours('/etc/apache2/apache2.conf', variables)).toBe(theirs['APACHE_RUN_USER'])
  })
})

const FPM = '/usr/sbin/php-fpm8.2'
describe.skipIf(!root || !existsSync(FPM))('beside PHP-FPM (root, package php8.2-fpm)', () => {
  test('pools have the users and sockets that php-fpm -tt prints', () => {
    write(
      'fpm/pools/b.conf',
      `; first\n[b]\nuser = "games" ; why\ngroup = games\nlisten = ${folder}/$pool.sock\npm = static\npm.max_children = 1\nenv[TOKEN] = secret\n[a]\nuser=daemon\nlisten=127.0.0.1:9\npm=static\npm.max_children=1\n[b]\nuser = nobody\n`,
    )
    const main = write('fpm/fpm.conf', `[global]\nerror_log = ${folder}/fpm.log\ninclude=${folder}/fpm/pools/*.conf\n`)
    const { stderr } = spawnSync(FPM, ['-tt', '-y', main], { encoding: 'utf8' })
    const theirs: Record<string, Record<string, string>> = {}
    let pool = ''
    for (const line of stderr.split('\n')) {
      const text = line.replace(/^\[[^\]]*\] NOTICE: */, '').trim()
      pool = /^\[(.*)\]$/.exec(text)?.[1] ?? pool
      const [, key, value] = /^(user|listen) = (.*)$/.exec(text) ?? []
      if (key !== undefined && pool !== 'global') (theirs[pool] ??= {})[key] = value!
    }
    const ours = Object.fromEntries(
      parseFpm(main, here).pools.map(({ name, user, listen }) => [name, { user: user?.name, listen }]),
    )
    expect(ours).toEqual(theirs)
    expect(parseFpm(main, here).pools.find(({ name }) => name === 'b')?.variables).toEqual(['TOKEN'])
  })
})

describe('configurations that include others', () => {
  const asked = async (
    files: Readonly<Record<string, string>>,
    wanted: (files: IncludedFiles) => readonly string[],
  ) => {
    const missed: string[] = []
    const host = {
      read: async (...patterns: readonly string[]) =>
        patterns.flatMap((path) => (files[path] === undefined ? [] : [exampleFile(path, files[path])])),
      missed: ({ code }: { code: string }) => void missed.push(code),
    }
    return { asked: await gatherIncluded(host, ['/a'], wanted), missed }
  }

  test('files are followed as deep as they go, each asked for once', async () => {
    const told = await asked(
      { '/a': 'include /b;', '/b': 'include /a; include /c; include /c;' },
      (read) => parseNginx('/a', read).wanted,
    )
    expect(told.asked.map(({ pattern }) => pattern)).toEqual(['/a', '/b', '/c'])
    expect(told.missed).toEqual([])
  })

  test('a chain without end is cut, and that is said', async () => {
    const files = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`/${index}`, `include /${index + 1};`]))
    const told = await asked({ ...files, '/a': 'include /0;' }, (read) => parseNginx('/a', read).wanted)
    expect(told.missed).toEqual(['too-many'])
  })

  test('files that include themselves come to an end', () => {
    const read = includedFiles([
      { pattern: '/a', files: [exampleFile('/a', 'include /a;\n'.repeat(200))] },
      { pattern: '/b', files: [exampleFile('/b', 'Include /b\n'.repeat(200))] },
    ])
    expect(parseNginx('/a', read).reasons.length).toBeGreaterThan(0)
    expect(parseApache('/b', read, new Map()).reasons.length).toBeGreaterThan(0)
  })
})

test('any text is read by all of them without an exception', () => {
  const pieces = fc.array(
    fc.oneof(
      fc.constantFrom(
        'user',
        'include',
        ' ',
        ';',
        '{',
        '}',
        '"',
        "'",
        '\\',
        '\n',
        '#',
        '${',
        '}',
        '<VirtualHost',
        '>',
        '[',
        ']',
        '=',
        '/a',
      ),
      fc.string(),
    ),
    { maxLength: 200 },
  )
  fc.assert(
    fc.property(pieces, (parts) => {
      const read = includedFiles([{ pattern: '/a', files: [exampleFile('/a', parts.join(''))] }])
      parseNginx('/a', read)
      parseApache('/a', read, parseEnvvars(parts.join('')))
      parseFpm('/a', read)
    }),
  )
})
