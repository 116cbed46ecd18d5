import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { debianPackage, type Packing } from './debian.ts'

const ROOT = join(import.meta.dirname, '..')
const ARCHITECTURE = process.arch === 'arm64' ? 'arm64' : 'amd64'

export interface PackageWish {
  readonly version: string
  readonly out: string
  readonly packing: Packing
}

/** The agent of other machines, from its program. Needs nothing but a C library. */
export const agentPackage = (program: string, { version, out, packing }: PackageWish): string =>
  inScratch((root) => {
    cpSync(program, join(made(root, 'usr/bin'), 'rollcall-agent'))
    return debianPackage(
      {
        name: 'rollcall-agent',
        version,
        architecture: ARCHITECTURE,
        depends: ['adduser', 'libc6 (>= 2.28)', 'libgcc-s1', 'libstdc++6'],
        recommends: ['openssh-client', 'systemd'],
        summary: 'finds privileged accounts and keys on the hosts of a network segment',
        description:
          'The agent stands where the hosts are, looks at them over SSH and LDAP when its collector orders it to, within the policy that it holds, and brings what it sees to the collector over a NATS broker. It is one program, which carries Node.js.',
        user: '_rollcall-agent',
        data: '/var/lib/rollcall-agent',
        settings: '/etc/rollcall-agent',
        files: {
          'usr/lib/systemd/system/rollcall-agent.service': text('agent/rollcall-agent.service'),
          'etc/rollcall-agent/settings.yaml': '# See "Settings" in the operations manual of Rollcall.\n{}\n',
          'usr/share/doc/rollcall-agent/README': text('agent/README'),
        },
        overrides: [
          'no-manual-page [usr/bin/rollcall-agent]',
          // It reads which packages a host has, on that host.
          'uses-dpkg-database-directly [usr/bin/rollcall-agent]',
          ...NODE_ITSELF('usr/bin/rollcall-agent'),
        ],
      },
      root,
      out,
      packing,
    )
  })

/** Collector, dashboard and all commands, with the Node that they run on. The dashboard has to be built. */
export const collectorPackage = ({ version, out, packing }: PackageWish): string =>
  inScratch((root) => {
    const home = made(root, 'usr/lib/rollcall')
    copyTree(home)
    cpSync(process.execPath, join(made(home, 'bin'), 'node'))
    writeFileSync(join(made(root, 'usr/bin'), 'rollcall'), START, { mode: 0o755 })
    return debianPackage(
      {
        name: 'rollcall',
        version,
        architecture: ARCHITECTURE,
        depends: ['adduser', 'libc6 (>= 2.28)', 'libgcc-s1', 'libstdc++6'],
        recommends: ['openssh-client', 'systemd'],
        summary: 'finds every privileged account, SSH key and service credential',
        description:
          'Collector, dashboard and commands of Rollcall, which finds privileged accounts, SSH keys and service credentials on hosts and in directories, and says which of them nobody manages. Agents on other machines are heard through a NATS broker.',
        user: '_rollcall',
        data: '/var/lib/rollcall',
        settings: '/etc/rollcall',
        files: {
          'usr/lib/systemd/system/rollcall.service': text('collector/rollcall.service'),
          'etc/rollcall/settings.yaml':
            '# See "Settings" in the operations manual of Rollcall.\nscanThisMachine: false\n',
          'usr/share/doc/rollcall/README': text('collector/README'),
        },
        overrides: [
          'no-manual-page [usr/bin/rollcall]',
          'embedded-javascript-library *',
          'package-contains-documentation-outside-usr-share-doc *',
          'extra-license-file *',
          // Commands of libraries, which nobody runs.
          'missing-dep-for-interpreter *',
          'script-not-executable *',
          'executable-not-elf-or-script *',
          'unstripped-binary-or-object *better-sqlite3*',
          ...NODE_ITSELF('usr/lib/rollcall/bin/node'),
        ],
      },
      root,
      out,
      packing,
    )
  })

/** What lintian says of Node's own program, which is given as it was published. */
const NODE_ITSELF = (path: string) => [
  `unstripped-binary-or-object [${path}]`,
  `embedded-library * [${path}]`,
  `hardening-no-pie [${path}]`,
  `hardening-no-fortify-functions [${path}]`,
  `spelling-error-in-binary * [${path}]`,
]

const START = `#!/bin/sh
unset NODE_OPTIONS
exec /usr/lib/rollcall/bin/node /usr/lib/rollcall/packages/rollcall/bin/rollcall.js "$@"
`

/** Our sources and the libraries that they need to run, where they look for each other. */
const copyTree = (home: string) => {
  const { stdout } = spawnSync('npm', ['ls', '--omit=dev', '--all', '--parseable', '--workspace', 'rollcall'], {
    cwd: ROOT,
    encoding: 'utf8',
  })
  const listed = [...new Set(stdout.trim().split('\n'))]
    .map((path) => relative(ROOT, path))
    .filter((path) => path !== '')
  const isOurs = (path: string) => existsSync(join(ROOT, path, 'src')) && !path.startsWith('node_modules/')
  const ours = [...listed.filter(isOurs), 'packages/rollcall', 'packages/dashboard']
  for (const path of new Set(ours)) copyOurs(path, home)
  for (const path of listed)
    if (path.startsWith('node_modules/') && !/^node_modules\/(?:@rollcall|rollcall$|node-linux)/.test(path))
      cpSync(join(ROOT, path), join(home, path), { recursive: true, filter: isNeeded })
}

const copyOurs = (path: string, home: string) => {
  const from = join(ROOT, path)
  const { name } = JSON.parse(readFileSync(join(from, 'package.json'), 'utf8')) as { name: string }
  const parts = path === 'packages/dashboard' ? ['package.json', 'dist'] : ['package.json', 'src', 'bin']
  for (const part of parts)
    if (existsSync(join(from, part)))
      cpSync(join(from, part), join(home, path, part), {
        recursive: true,
        filter: (file) => !/\.test\.tsx?$/.test(file),
      })
  const link = join(home, 'node_modules', name)
  mkdirSync(join(link, '..'), { recursive: true })
  symlinkSync(relative(join(link, '..'), join(home, path)), link)
}

/** What is loaded when it runs: neither what building and testing a library took, nor what was built for other machines. */
const isNeeded = (file: string) => {
  const path = file.slice(ROOT.length)
  if (/\/prebuilds\/./.test(path)) return path.endsWith(`/linux-${process.arch}.node`)
  return !/\/(?:\.[^/]+|deps|obj|obj\.target|tests?|docs?|tools|integration|benchmarks?|examples?|cli\.js)(?:\/|$)|\.(?:[oac]|cc|cpp|h|hpp|map|md|markdown|html|sh|d\.[cm]?ts)$/.test(
    path,
  )
}

const text = (path: string) => readFileSync(join(import.meta.dirname, path), 'utf8')

const made = (...parts: string[]) => {
  const folder = join(...parts)
  mkdirSync(folder, { recursive: true })
  return folder
}

const inScratch = <T>(work: (folder: string) => T): T => {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-package-'))
  try {
    return work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
