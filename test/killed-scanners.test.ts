import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { slapdLacks, startSlapd } from './lab/directories/slapd.ts'
import { startFleet } from './lab/fleet.ts'
import { stateFolder } from './rollcall.ts'

/* Processes that scan are killed while they do, with real servers on the other side: nothing is lost and nothing is left behind. */

const LAUNCHER = join(import.meta.dirname, '../packages/rollcall/bin/rollcall.js')

const scannersOf = (parent: number): number[] =>
  readdirSync('/proc').flatMap((name) => {
    try {
      const isChild = /^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${name}/status`, 'latin1'))?.[1] === String(parent)
      return isChild && readFileSync(`/proc/${name}/cmdline`, 'latin1').includes('scanner-main') ? [Number(name)] : []
    } catch {
      return []
    }
  })

/** Runs a scan; so many milliseconds after its first process began to scan, that is killed. Gives what was printed and who was killed. */
const scan = async (args: readonly string[], killAfter?: number) => {
  const child = spawn(process.execPath, [LAUNCHER, 'scan', ...args], { stdio: ['ignore', 'pipe', 'ignore'] })
  let printed = ''
  child.stdout.on('data', (data: Buffer) => (printed += data.toString()))
  const ended = new Promise((resolve) => child.once('close', resolve))
  const killed: number[] = []
  if (killAfter !== undefined) {
    while (child.exitCode === null && scannersOf(child.pid!).length === 0) await after(5)
    await after(killAfter)
    for (const pid of scannersOf(child.pid!)) {
      process.kill(pid, 'SIGKILL')
      killed.push(pid)
    }
  }
  const code = await ended
  return { code, lines: printed.split('\n').sort(), killed }
}

/** From before it is connected to after it began to tell. */
const MOMENTS = [0, 300, 1200]

describe.skipIf(slapdLacks() !== undefined)('a directory', () => {
  test('is told as if nothing had happened', async () => {
    await using state = await stateFolder()
    await using lab = await startSlapd({ bulk: 5000 })
    const password = join(state.path, 'password')
    await writeFile(password, lab.root.password, { mode: 0o600 })
    const login = ['--bind', lab.root.dn, '--bind-password-file', password, '--ca', lab.authorityFile]
    const args = [lab.url, ...login, '--data', state.path, '--csv=directory_accounts']
    const whole = await scan(args)
    expect(whole.lines.length).toBeGreaterThan(5000)
    for (const moment of MOMENTS) {
      const { lines, code, killed } = await scan(args, moment)
      if (moment === 0) expect(killed).toHaveLength(1)
      expect({ code, lines: lines.length }).toEqual({ code: whole.code, lines: whole.lines.length })
    }
  }, 240_000)
})

test('hosts are told as if nothing had happened', async () => {
  await using state = await stateFolder()
  await using fleet = await startFleet(6)
  const targets = fleet.addresses.map((address) => `${fleet.user}@${address}:${fleet.port}`)
  const login = ['--key', fleet.loginKey, '--known-hosts', fleet.knownHosts, '--host-keys', 'strict']
  const args = [...targets, ...login, '--data', state.path, '--json']
  const whole = await scan(args)
  const told = (lines: readonly string[]) =>
    lines.filter((line) => line.includes('"kind":"outcome"') && line.includes('"status":"complete"')).length
  expect(told(whole.lines)).toBeGreaterThan(60)
  for (const moment of MOMENTS) {
    const { lines, code, killed } = await scan(args, moment)
    if (moment === 0) expect(killed).toHaveLength(1)
    expect({ code, told: told(lines) }).toEqual({ code: whole.code, told: told(whole.lines) })
  }
}, 240_000)
