import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Finding } from '@rollcall/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hostList } from './lab/host-list.ts'
import { startLab, type Lab, type LabHost } from './lab/lab.ts'
import { differenceFrom, type Expected } from './lab/truth.ts'
import { scanOf, stateFolder, type Scanned } from './rollcall.ts'

/*
 * What a user sees: `rollcall scan --json` of real hosts, compared with what the hosts were made from and with what their own
 * sudo and sshd say.
 */

const descriptions = await hostList()

let lab: Lab
const scans = new Map<string, Scanned>()

/** Each scan is a process that mostly waits for its host. */
const AT_ONCE = 4

const scanned = async (host: LabHost) => {
  const scan = host.made?.description.scan
  if (scan?.sudo !== 'with-password') return scanOf(lab, host)
  await using folder = await stateFolder()
  const file = join(folder.path, 'sudo-password')
  await writeFile(file, `${scan.password}\n`, { mode: 0o600 })
  return await scanOf(lab, host, ['--sudo', 'password', '--sudo-password-file', file])
}

beforeAll(async () => {
  lab = await startLab(descriptions)
  const hosts = lab.hosts.values()
  const scanInTurn = async () => {
    for (const host of hosts) scans.set(host.name, await scanned(host))
  }
  await Promise.all(Array.from({ length: AT_ONCE }, scanInTurn))
}, 300_000)

afterAll(async () => {
  await lab?.[Symbol.asyncDispose]()
})

const linesOf = (name: string) => scans.get(name)?.lines ?? []

const findingsOf = (name: string) =>
  linesOf(name).filter(({ kind }) => kind !== 'host' && kind !== 'outcome') as unknown as (Finding & {
    probe: string
  })[]

const NONE = { missing: [], unexpected: [], wrong: [] }

/** What the descriptions cannot say: how the C library reads lines that are no accounts, and what lies behind a limit. */
const isBeyond = (host: string, finding: Expected['finding']) => {
  const subject = (finding as Partial<Record<'name' | 'account', string>>)[
    finding.kind === 'account' ? 'name' : 'account'
  ]
  if (host === 'hostile') return ['', 'nul', 'long', 'proc'].includes(subject ?? '')
  return host === 'flooded' && (subject === 'flood' || finding.kind === 'usage')
}

/** Services are what the base of a host brings as well; services.test.ts compares them where they are planted. */
const isOfPeople = (finding: Expected['finding']) =>
  finding.kind !== 'usage' || !('consumer' in finding) || ['login', 'key-login'].includes(finding.consumer ?? '')

/** What the scan account of a host can see. */
const seenIn = ({ description, truth }: NonNullable<ReturnType<Lab['host']>['made']>) => {
  const { scan } = description
  if (scan.sudo !== 'none' && scan.sudo !== 'listed') return truth.expected
  const listed = scan.sudo === 'listed' ? scan.reads : []
  const seen = new Set(truth.seenBy(scan.account))
  return truth.expected.filter(
    (one) => seen.has(one) || ('place' in one.finding && listed.includes(one.finding.place?.path ?? '')),
  )
}

const made = descriptions.map(({ name }) => name)

describe.each(made)('the host %s', (name) => {
  test('is found to be what it was made, item by item, and nothing more', () => {
    const { made } = lab.host(name)
    expect(made, 'the lab could not make hosts of its own').toBeDefined()
    const expected = seenIn(made!)
    const told = findingsOf(name).filter((finding) => !isBeyond(name, finding) && isOfPeople(finding))
    const sought = expected.filter(({ finding }) => !isBeyond(name, finding) && isOfPeople(finding))
    expect(differenceFrom(sought, told, ['account', 'membership', 'credential', 'usage'])).toEqual(NONE)
    expect(differenceFrom(sought, told, ['key'])).toEqual(NONE)
  })

  test('says of every probe how it fared', () => {
    const outcomes = linesOf(name).filter(({ kind }) => kind === 'outcome')
    expect(outcomes.map(({ probe }) => probe)).toEqual([...new Set(outcomes.map(({ probe }) => probe))])
    expect(outcomes.length).toBeGreaterThanOrEqual(6)
    for (const outcome of outcomes) {
      const reasons = outcome['reasons'] as { code: string; sentence: string }[]
      if (outcome['status'] !== 'complete') expect(reasons.length).toBeGreaterThan(0)
      for (const reason of reasons) expect(reason.sentence.length).toBeGreaterThan(10)
    }
  })

  test('keeps no password hash in what is printed', async () => {
    const { stdout } = await lab.host(name).inside(['cat', '/etc/shadow'])
    const printed = JSON.stringify(linesOf(name))
    const hashes = stdout.split('\n').flatMap((line) => line.split(':')[1] ?? [])
    expect(hashes.filter((hash) => hash.length > 12 && printed.includes(hash.slice(-12)))).toEqual([])
  })
})

test('a scan is complete exactly when every probe was, and its exit code says so', () => {
  for (const name of made) {
    const outcomes = linesOf(name)
      .filter(({ kind }) => kind === 'outcome')
      .map((line) => line['status'] as string)
    const complete = outcomes.every((status) => status === 'complete')
    expect([name, scans.get(name)?.code]).toEqual([name, complete ? 0 : 2])
  }
})

test('a host whose /etc/passwd is flooded is told as truncated, so that nothing behind the limit is taken for gone', () => {
  const status = new Map(
    linesOf('flooded')
      .filter(({ kind }) => kind === 'outcome')
      .map((line) => [line.probe, line['status']]),
  )
  expect(status.get('local-accounts')).toBe('truncated')
  expect(status.get('local-passwords')).toBe('complete')
})

/** What `sshd -T` prints, keyword by keyword. */
const linesByKeyword = (text: string) => {
  const lines = text
    .trim()
    .split('\n')
    .map((line) => /^(\S+) ?(.*)$/.exec(line)!.slice(1, 3) as [string, string])
  return Object.fromEntries(
    [...Map.groupBy(lines, ([keyword]) => keyword)].map(([keyword, all]) => [
      keyword,
      all.map(([, value]) => value).sort(),
    ]),
  )
}

test.each(
  descriptions
    .filter(({ base, scan }) => base === 'debian' && !['none', 'listed', 'with-password'].includes(scan.sudo))
    .map(({ name }) => name),
)('the settings of sshd on %s are what its own sshd says for each account', async (name) => {
  const host = lab.host(name)
  const settings = findingsOf(name).filter((finding) => finding.kind === 'setting' && finding.subject === 'sshd')
  const accounts = findingsOf(name).flatMap((finding) =>
    finding.kind === 'account' && /^[a-z][a-z0-9-]*$/.test(finding.name) && finding.name !== 'flood'
      ? finding.name
      : [],
  )
  expect(settings.length).toBeGreaterThan(60)
  for (const account of new Set(accounts)) {
    // An address that no Match block speaks of: what depends on the connection is told with its condition.
    const said = await host.inside([
      '/usr/sbin/sshd',
      '-T',
      '-C',
      `user=${account},host=elsewhere.invalid,addr=203.0.113.9,laddr=203.0.113.1,lport=22`,
    ])
    expect(said.exit, said.stderr).toBe(0)
    const told = new Map<string, readonly string[]>()
    for (const own of [undefined, account])
      for (const setting of settings)
        if (setting.kind === 'setting' && setting.account === own && setting.condition === undefined)
          told.set(setting.name, setting.values)
    const differing = Object.entries(linesByKeyword(said.stdout)).filter(([keyword, lines]) => {
      const values = told.get(keyword) ?? []
      return lines.join('\n') !== [...values].sort().join('\n') && lines.join('\n') !== values.join(' ')
    })
    expect(differing.map(([keyword, lines]) => [account, keyword, lines, told.get(keyword)])).toEqual([])
  }
})

test.each(
  descriptions
    .filter(({ sudoTruth, scan }) => sudoTruth !== undefined && scan.sudo !== 'none' && scan.sudo !== 'listed')
    .map(({ name }) => name),
)('whom a scan of %s calls privileged by sudo, its own sudo lets become root, and nobody else', async (name) => {
  const host = lab.host(name)
  const accounts = linesOf(name).filter(
    (line) => line.kind === 'account' && /^[a-z][a-z0-9-]*$/.test(line['name'] as string),
  )
  expect(accounts.length).toBeGreaterThan(5)
  let shells = 0
  for (const account of accounts) {
    const paths = account['paths'] as { via: string; effect: string }[]
    const listed = await host.inside(['sudo', '-n', '-l', '-U', account['name'] as string, '/usr/bin/sh'])
    const mayRunShell = listed.exit === 0 && listed.stdout.includes('/usr/bin/sh')
    if (mayRunShell) shells++
    // Who may run a shell as root is root; the reverse does not hold: an editor or a pager will do as well.
    if (mayRunShell && account['uid'] !== 0)
      expect([account['name'], paths.some(({ via, effect }) => via === 'sudo' && effect === 'root')]).toEqual([
        account['name'],
        true,
      ])
    const any = await host.inside(['sudo', '-n', '-l', '-U', account['name'] as string])
    if (/is not allowed to run sudo/.test(any.stdout))
      expect([account['name'], paths.filter(({ via }) => via === 'sudo')]).toEqual([account['name'], []])
  }
  expect(shells).toBeGreaterThan(0)
})
