import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packagesForTests } from './packages.ts'

/*
 * `npm test`: everything. The static checks and the build first, since they are quick and name the line, then every test.
 * In CI a test that was skipped is a failure: there, everything it needs can be installed.
 */

const CI = process.env['CI'] !== undefined && process.env['CI'] !== 'false'
const say = (text: string) => process.stdout.write(`${text}\n`)

const run = (command: string, args: string[], env: NodeJS.ProcessEnv = {}) =>
  new Promise<number>((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, ...env } })
    child.on('error', () => resolve(127))
    child.on('close', (code) => resolve(code ?? 1))
  })

/** Installs what is missing when it may, and says what the tests will do without when it may not. */
const installPackages = async () => {
  const has = (name: string) =>
    spawnSync('dpkg-query', ['-W', '-f', '${db:Status-Status}', name], { encoding: 'utf8' }).stdout === 'installed'
  const missing = packagesForTests.filter((name) => !has(name))
  if (missing.length === 0) return true
  if (process.getuid?.() !== 0) {
    say(
      `These Debian packages are missing and only root can install them; tests that need them are skipped: ${missing.join(' ')}`,
    )
    return !CI
  }
  say(`Installing Debian packages for the tests: ${missing.join(' ')}`)
  const quiet = { DEBIAN_FRONTEND: 'noninteractive' }
  await run('apt-get', ['update', '-qq'], quiet)
  using _ = noServicesStart()
  if ((await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], quiet)) === 0) return true
  say('Not all of them could be installed; tests that need them are skipped.')
  return !CI
}

/** Packages of servers start them on the machine's own addresses; tests start their own, on loopback. See invoke-rc.d(8). */
const noServicesStart = (): Disposable => {
  const policy = '/usr/sbin/policy-rc.d'
  try {
    writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755, flag: 'wx' })
  } catch {
    // There is a policy already: it is not ours to change.
    return { [Symbol.dispose]: () => undefined }
  }
  return { [Symbol.dispose]: () => rmSync(policy, { force: true }) }
}

const checks: [name: string, script: string][] = [
  ['build', 'build'],
  ['types', '//#check:types'],
  ['lint', '//#check:lint'],
  ['format', '//#check:format'],
  ['unused code and dependencies', '//#check:unused'],
]

const results: { name: string; passed: boolean }[] = []
const record = (name: string, passed: boolean) => {
  results.push({ name, passed })
  if (!passed) say(`FAILED: ${name}`)
}

record('Debian packages', await installPackages())
for (const [name, task] of checks) {
  const status = await run('turbo', ['run', task, '--output-logs=errors-only', '--ui=stream'], {
    TURBO_TELEMETRY_DISABLED: '1',
    TURBO_NO_UPDATE_NOTIFIER: '1',
  })
  record(name, status === 0)
}

interface Summary {
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  numTodoTests: number
  success: boolean
  testResults: { name: string; status: string; assertionResults: { status: string; fullName: string }[] }[]
}

if (!process.argv.includes('--checks-only')) {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-test-'))
  const file = join(folder, 'results.json')
  const status = await run('vitest', ['run', '--reporter=dot', '--reporter=json', `--outputFile.json=${file}`])
  try {
    const summary = JSON.parse(readFileSync(file, 'utf8')) as Summary
    const skipped = summary.testResults.flatMap(({ assertionResults }) =>
      assertionResults
        .filter(({ status }) => status !== 'passed' && status !== 'failed')
        .map(({ fullName }) => fullName),
    )
    if (skipped.length > 0) say(`Skipped:\n${skipped.map((name) => `  ${name}`).join('\n')}`)
    // A file that fails to load has no failed test of its own.
    const broken = summary.testResults.filter(
      ({ status, assertionResults }) =>
        status === 'failed' && assertionResults.every(({ status }) => status !== 'failed'),
    )
    for (const { name } of broken) say(`FAILED to run: ${name}`)
    for (let count = 0; count < summary.numPassedTests; count++) results.push({ name: 'test', passed: true })
    for (let count = 0; count < summary.numFailedTests + broken.length + (CI ? skipped.length : 0); count++)
      results.push({ name: 'test', passed: false })
    if (status !== 0 && summary.numFailedTests + broken.length === 0) record('the test run as a whole', false)
  } catch {
    record('the tests could not be run', false)
  }
  rmSync(folder, { recursive: true, force: true })
}

const passed = results.filter((result) => result.passed).length
const failed = results.length - passed
process.exitCode = failed === 0 ? 0 : 1
say(`${passed} passed, ${failed} failed`)
