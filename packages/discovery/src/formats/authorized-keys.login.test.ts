import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseAuthorizedKeys } from './authorized-keys.ts'

const canRun =
  existsSync('/usr/sbin/sshd') &&
  process.getuid?.() === 0 &&
  spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'none', '/run']).status === 0

/** A real login over a pipe, without a port: sshd runs in a mount namespace of its own as the client's proxy. */
describe.skipIf(!canRun)('a line opens an account to the sshd of this machine exactly when it is a key to us', () => {
  let folder = ''
  let key = ''
  let rsa = ''
  let certificate = ''

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'authorized-keys-login-'))
    for (const name of ['host', 'user'])
      spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', join(folder, name)])
    spawnSync('ssh-keygen', ['-q', '-t', 'rsa', '-b', '2048', '-N', '', '-C', '', '-f', join(folder, 'rsa')])
    key = readFileSync(join(folder, 'user.pub'), 'utf8').trim()
    rsa = readFileSync(join(folder, 'rsa.pub'), 'utf8').trim()
    spawnSync('ssh-keygen', ['-q', '-s', join(folder, 'host'), '-I', 'id', '-n', 'root', join(folder, 'user.pub')])
    certificate = readFileSync(join(folder, 'user-cert.pub'), 'utf8').trim()
    rmSync(join(folder, 'user-cert.pub'))
    writeFileSync(join(folder, 'shadow'), 'root:*:19000:0:99999:7:::\n', { mode: 0o600 })
    writeFileSync(
      join(folder, 'config'),
      `HostKey ${folder}/host\nAuthorizedKeysFile ${folder}/keys\nStrictModes no\nUsePAM no\nPermitRootLogin yes\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n`,
    )
    writeFileSync(
      join(folder, 'proxy'),
      `mount -t tmpfs none /run && mkdir -m 755 /run/sshd && mount --bind ${folder}/shadow /etc/shadow && exec /usr/sbin/sshd -i -f ${folder}/config 2>/dev/null\n`,
    )
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const opens = (line: string, identity: string) => {
    writeFileSync(join(folder, 'keys'), line)
    const options = [
      'BatchMode=yes',
      'StrictHostKeyChecking=no',
      'UserKnownHostsFile=/dev/null',
      'GlobalKnownHostsFile=/dev/null',
      'IdentitiesOnly=yes',
      'IdentityAgent=none',
      'LogLevel=ERROR',
      `ProxyCommand=unshare -m sh ${folder}/proxy`,
    ]
    const run = spawnSync(
      'ssh',
      ['-F', 'none', '-i', join(folder, identity), ...options.flatMap((option) => ['-o', option]), 'root@host', 'true'],
      { encoding: 'utf8', timeout: 20_000 },
    )
    return !run.stderr.includes('Permission denied')
  }

  test('options, types and what is around them', () => {
    const lines: readonly (readonly [line: string, identity?: string])[] = [
      [key],
      [`${key}\r\n`],
      [`\t ${key} comment\n`],
      [`\uFEFF${key}\n`],
      [`restrict ${key}\n`],
      [`,restrict,, ${key}\n`],
      [`restricted ${key}\n`],
      [`NO-PTY,command="true \\" #" ${key}\n`],
      [`command=true ${key}\n`],
      [`command="true",command="true" ${key}\n`],
      [`no-such-option ${key}\n`],
      [`cert-authority ${key}\n`],
      [`principals="root" ${key}\n`],
      [`expiry-time="20991231" ${key}\n`],
      [`expiry-time="2099123" ${key}\n`],
      [`permitopen="a:1",permitlisten="1",tunnel="1",environment="A=b" ${key}\n`],
      [`permitopen="a" ${key}\n`],
      [`environment="A" ${key}\n`],
      [`no-touch-required,verify-required,user-rc,no-restrict ${key}\n`],
      [`command="true ${key}\n`],
      [certificate],
      [`${key}\0 more\n`],
      [`ssh-rsa ${key.split(' ')[1]}\n`],
      [`rsa-sha2-512 ${rsa.split(' ')[1]}\n`, 'rsa'],
      [`${key.slice(0, -1)}\n`],
    ]
    const said = lines.map(([line, identity = 'user']) => [line, opens(line, identity)])
    const read = lines.map(([line]) => [line, parseAuthorizedKeys(line).keys.some(({ role }) => role === 'authorized')])
    expect(read).toEqual(said)
    expect(said[0]![1]).toBe(true)
    expect(said.some(([, open]) => open === false)).toBe(true)
  })
})
