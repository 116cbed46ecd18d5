import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FoundEntry } from '../host.ts'
import { exampleFile } from '../probe.ts'
import { hasDebianSshd, isRefusedByStrictModes } from './key-file-trust.ts'
import { localPeople } from './accounts/local-people.ts'
import { lookAtPaths, ways } from './path-trust.ts'

const os = /^ID=(.*)$/m.exec(existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '')?.[1]
const canRun =
  existsSync('/usr/sbin/sshd') &&
  hasDebianSshd(os) &&
  process.getuid?.() === 0 &&
  spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'none', '/run']).status === 0

/** Looks at this machine itself, as a host that is asked would. */
const thisMachine = {
  find: async ({ under }: { readonly under: readonly string[] }) => ({
    state: 'found' as const,
    unsearched: [],
    unnamed: 0,
    entries: under.flatMap((pattern): FoundEntry[] => {
      const path = pattern.replaceAll(/\[(.)\]/g, '$1')
      const stat = lstatSync(path, { throwIfNoEntry: false })
      if (stat === undefined) return []
      const type = stat.isSymbolicLink() ? 'link' : stat.isDirectory() ? 'folder' : 'file'
      return [
        {
          path,
          type,
          mode: stat.mode & 0o7777,
          uid: stat.uid,
          gid: stat.gid,
          size: stat.size,
          modified: stat.mtime.toISOString(),
          ...(type === 'link' ? { target: readlinkSync(path) } : {}),
        },
      ]
    }),
  }),
}

interface Setting {
  readonly fileGroup?: number
  readonly folderGroup?: number
  readonly fileOwner?: number
  readonly folderOwner?: number
  readonly through?: 'link' | 'good' | 'tmp'
}

/** A real login over a pipe, as root, whose home is /root; sshd runs in a mount namespace of its own as the client's proxy. */
describe.skipIf(!canRun)(
  'sshd of Debian passes over a file of keys exactly when StrictModes is said to refuse it',
  () => {
    let folder = ''
    const at = (...names: readonly string[]) => join(folder, ...names)

    beforeAll(() => {
      folder = mkdtempSync('/root/.strict-modes-')
      for (const name of ['host', 'user'])
        spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', at(name)])
      writeFileSync(at('shadow'), 'root:*:19000:0:99999:7:::\n', { mode: 0o600 })
    })
    afterAll(() => rmSync(folder, { recursive: true, force: true }))

    const opens = (keys: string) => {
      writeFileSync(
        at('config'),
        `HostKey ${folder}/host\nAuthorizedKeysFile ${keys}\nStrictModes yes\nUsePAM no\nPermitRootLogin yes\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n`,
      )
      writeFileSync(
        at('proxy'),
        `mount -t tmpfs none /run && mkdir -m 755 /run/sshd && mount --bind ${folder}/shadow /etc/shadow && exec /usr/sbin/sshd -i -f ${folder}/config 2>/dev/null\n`,
      )
      const options = [
        'BatchMode=yes',
        'StrictHostKeyChecking=no',
        'UserKnownHostsFile=/dev/null',
        'GlobalKnownHostsFile=/dev/null',
        'IdentitiesOnly=yes',
        'IdentityAgent=none',
        'LogLevel=ERROR',
        `ProxyCommand=unshare -m sh ${folder}/proxy`,
      ].flatMap((option) => ['-o', option])
      const run = spawnSync('ssh', ['-F', 'none', '-i', at('user'), ...options, 'root@host', 'true'], {
        encoding: 'utf8',
        timeout: 20_000,
      })
      return !run.stderr.includes('Permission denied')
    }

    const [NOBODY, USERS] = [65_534, 100]

    test.each<[words: string, folderMode: number, fileMode: number, more?: Setting]>([
      ['as usual', 0o700, 0o600],
      ['a file that everybody may read', 0o755, 0o644],
      ['a file that the own group may write', 0o755, 0o664],
      ['a file that everybody may write', 0o755, 0o666],
      ['a folder that the own group may write', 0o775, 0o600],
      ['a folder that everybody may write', 0o777, 0o600],
      ['a sticky folder that everybody may write', 0o1777, 0o600],
      ['a file of another group, which may write', 0o755, 0o664, { fileGroup: USERS }],
      ['a file of another group, which may read', 0o755, 0o644, { fileGroup: USERS }],
      ['a folder of another group, which may write', 0o775, 0o600, { folderGroup: USERS }],
      ['a file of another account', 0o755, 0o644, { fileOwner: NOBODY }],
      ['a folder of another account', 0o755, 0o644, { folderOwner: NOBODY }],
      ['a link to a file in a folder that everybody may write', 0o700, 0o600, { through: 'link' }],
      ['a folder that everybody may write, with a link to a file in a good one', 0o777, 0o600, { through: 'good' }],
      ['a file outside of the home, in a folder that everybody may write above', 0o700, 0o600, { through: 'tmp' }],
    ])('%s', async (_, folderMode, fileMode, more = {}) => {
      const { fileGroup = 0, folderGroup = 0, fileOwner = 0, folderOwner = 0, through } = more
      const home = through === 'tmp' ? mkdtempSync('/tmp/strict-modes-') : at('home')
      rmSync(home, { recursive: true, force: true })
      mkdirSync(home)
      const real = through === 'link' || through === 'good' ? at('real') : home
      rmSync(at('real'), { recursive: true, force: true })
      if (real !== home) mkdirSync(real)
      writeFileSync(join(real, 'keys'), readFileSync(at('user.pub')))
      if (real !== home) symlinkSync(join(real, 'keys'), join(home, 'keys'))
      chownSync(join(real, 'keys'), fileOwner, fileGroup)
      chmodSync(join(real, 'keys'), fileMode)
      chownSync(home, folderOwner, folderGroup)
      chmodSync(home, folderMode)
      if (through === 'link') chmodSync(real, 0o777)
      const path = join(home, 'keys')
      const people = localPeople(
        exampleFile('/etc/passwd', readFileSync('/etc/passwd', 'utf8')),
        exampleFile('/etc/group', readFileSync('/etc/group', 'utf8')),
      )
      const wayTo = ways(await lookAtPaths(thisMachine, [path, '/root']))
      expect(isRefusedByStrictModes(wayTo(path), wayTo('/root'), 0, people, true)).toBe(!opens(path))
      if (through === 'tmp') rmSync(home, { recursive: true, force: true })
    })
  },
)
