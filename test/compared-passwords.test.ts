import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { groupOf, person, type HostDescription } from './lab/description.ts'
import { startLab, type Lab } from './lab/lab.ts'
import { systemAccounts, systemGroups } from './lab/system-accounts.ts'
import { scanOf, stateFolder } from './rollcall.ts'

/* Stored hashes are compared with guesses where the settings of whoever scans say so, and nowhere else. */

const GUESSED = 'letmein'
const people = [
  person('common', 1101, { state: 'usable', scheme: 'sha512crypt', password: GUESSED }),
  person('samename', 1102, { state: 'usable', scheme: 'sha512crypt', password: 'samename' }),
  person('careful', 1103, { state: 'usable', scheme: 'sha512crypt', password: 'an-oak-leaf-7-of-its-own' }),
]
const description: HostDescription = {
  name: 'guessable',
  base: 'debian',
  purpose: 'accounts whose passwords are easily guessed, and one whose is not',
  accounts: [...systemAccounts('debian', { password: { state: 'none', field: '*' } }), ...people],
  groups: [...systemGroups('debian', {}), ...people.map(groupOf)],
  scan: { account: 'root', sudo: 'not-needed' },
}

let lab: Lab
beforeAll(async () => {
  lab = await startLab([description])
}, 120_000)
afterAll(async () => {
  await lab?.[Symbol.asyncDispose]()
})

const weaknessesWith = async (settings: string) => {
  await using folder = await stateFolder()
  const file = join(folder.path, 'settings.yaml')
  await writeFile(file, settings, { mode: 0o600 })
  const scan = await scanOf(lab, lab.host('guessable'), ['--config', file])
  const passwords = scan.lines.filter(({ kind, class: of }) => kind === 'credential' && of === 'login-password')
  const told = new Map(passwords.map(({ account: name, weaknesses }) => [String(name), weaknesses]))
  return {
    told: ['common', 'samename', 'careful'].map((name) => told.get(name)),
    outcome: scan.lines.find(({ kind, probe }) => kind === 'outcome' && probe === 'local-passwords'),
    written: scan.stdout + scan.stderr,
  }
}

test('where the settings allow it, common passwords and those equal to the name are told, and no password is', async () => {
  const { told, outcome, written } = await weaknessesWith('credentials:\n  compareHashes: { secondsPerHost: 120 }\n')
  expect(told).toEqual([['common'], ['same-as-account'], undefined])
  expect(outcome?.['status']).toBe('complete')
  expect(written).not.toContain(GUESSED)
}, 300_000)

test('without that, nothing is compared', async () => {
  expect((await weaknessesWith('{}\n')).told).toEqual([undefined, undefined, undefined])
}, 120_000)
