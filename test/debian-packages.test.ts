import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { agentProgram } from '../packaging/agent-program.ts'
import { agentPackage } from '../packaging/packages.ts'

/* The agent as one program, and its package: made here, told to be in order, installed, upgraded and removed. */

const folder = mkdtempSync(join(tmpdir(), 'rollcall-packages-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let program = ''
let older = ''
let agent = ''
beforeAll(async () => {
  program = await agentProgram(join(folder, 'program'), '0.1.0')
  const out = join(folder, 'out')
  older = agentPackage(program, { version: '0.0.9', out, packing: 'quick' })
  agent = agentPackage(program, { version: '0.1.0', out, packing: 'quick' })
}, 240_000)

const said = (file: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) => {
  const { status, stdout, stderr } = spawnSync(file, args, { encoding: 'utf8', env: { ...process.env, ...env } })
  return { status, stdout, stderr }
}

test('the program heeds no options of Node, from wherever they come', () => {
  const script = join(folder, 'other.cjs')
  writeFileSync(script, 'console.log("another program")')
  expect(said(program, ['version'], { NODE_OPTIONS: `--require ${script}` }).stdout).toBe('0.1.0\n')
  expect(said(program, ['--require', script, 'version']).stdout).not.toContain('another program')
  expect(said(program, [`--node-options=--require=${script}`, 'version']).stdout).not.toContain('another program')
})

const complaints = (file: string) => said('lintian', ['--fail-on', 'error,warning', '--allow-root', file])

test('lintian has nothing to say of the package of the agent (needs lintian)', () => {
  expect(complaints(agent)).toMatchObject({ status: 0, stdout: '' })
}, 120_000)

const mayMount = spawnSync('unshare', ['--mount', 'true']).status === 0

/** This system with a layer over it that ends with the command. */
const OVER = `
mount -t tmpfs -o size=2g tmpfs "$1/over"
mkdir "$1/over/upper" "$1/over/work" "$1/over/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/over/upper,workdir=$1/over/work" "$1/over/root"
mount -t proc proc "$1/over/root/proc"
mount -t tmpfs tmpfs "$1/over/root/tmp"
mkdir "$1/over/root/tmp/out"
mount --bind "$1/out" "$1/over/root/tmp/out"
exec chroot "$1/over/root" sh -eu -c "$2" sh`

const inLayer = (script: string) => {
  spawnSync('mkdir', ['-p', join(folder, 'over')])
  return said('unshare', ['--mount', '--pid', '--fork', 'sh', '-eu', '-c', OVER, 'sh', folder, script])
}

const nameOf = (file: string) => `/tmp/out/${file.split('/').at(-1)}`

test.skipIf(!mayMount)(
  'the package of the agent is installed, upgraded and removed, and what the agent keeps stays until it is purged (needs root)',
  () => {
    const { status, stdout, stderr } = inLayer(`
      dpkg -i ${nameOf(older)} >&2
      stat -c '%U %a' /var/lib/rollcall-agent
      stat -c '%U %G %a' /etc/rollcall-agent
      rollcall-agent version
      systemd-analyze verify rollcall-agent.service && echo verified
      systemd-analyze security --offline=true --threshold=20 rollcall-agent.service > /dev/null && echo confined
      echo kept > /var/lib/rollcall-agent/spool
      echo 'concurrency: 7' > /etc/rollcall-agent/settings.yaml
      dpkg -i --force-confdef --force-confold ${nameOf(agent)} >&2
      dpkg-query -W -f '\${Version}\\n' rollcall-agent
      cat /var/lib/rollcall-agent/spool /etc/rollcall-agent/settings.yaml
      dpkg -r rollcall-agent >&2
      test ! -e /usr/bin/rollcall-agent
      cat /var/lib/rollcall-agent/spool /etc/rollcall-agent/settings.yaml
      dpkg -P rollcall-agent >&2
      test ! -e /var/lib/rollcall-agent && test ! -e /etc/rollcall-agent && echo gone`)
    expect(stdout.trim().split('\n'), stderr).toEqual([
      '_rollcall-agent 700',
      'root _rollcall-agent 750',
      '0.1.0',
      'verified',
      'confined',
      '0.1.0',
      'kept',
      'concurrency: 7',
      'kept',
      'concurrency: 7',
      'gone',
    ])
    expect(status).toBe(0)
  },
  120_000,
)
