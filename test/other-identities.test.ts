import { existsSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import otherIdentities from './lab/hosts/other-identities.ts'
import { startLab, type Lab, type LabHost } from './lab/lab.ts'
import { scanOf, type ScanLine } from './rollcall.ts'

/*
 * Whom a scan says can become root by rules of sudo, doas, su and polkit, at once or by way of another account: those can, as is
 * tried where the host has the program, and nobody else.
 */

interface AccountLine extends ScanLine {
  privileged: string
  paths: { via: string; effect: string; password: string; steps: { place?: { path: string; line?: number } }[] }[]
  unknownBecause: unknown[]
}

let lab: Lab
let host: LabHost
let lines: readonly ScanLine[] = []

beforeAll(async () => {
  lab = await startLab([otherIdentities])
  host = lab.host('other-identities')
  if (!lab.capabilities.ownHosts) return
  ;({ lines } = await scanOf(lab, host))
})

afterAll(async () => {
  await lab?.[Symbol.asyncDispose]()
})

const made = (context: { skip: (note: string) => never }) => {
  if (!lab.capabilities.ownHosts) context.skip(lab.capabilities.lacks.join('; '))
}

const accountOf = (name: string) =>
  lines.find((line) => line.kind === 'account' && line['name'] === name) as AccountLine

test('every probe of such rules looked completely', (context) => {
  made(context)
  const ids = ['doas-rules', 'polkit-rules', 'su-rules', 'sudo-rules']
  const outcomes = lines.filter(({ kind, probe }) => kind === 'outcome' && ids.includes(probe as string))
  expect(outcomes.map(({ probe, status, reasons }) => [probe, status, reasons]).toSorted()).toEqual(
    ids.map((id) => [id, 'complete', []]),
  )
})

test.each([
  ['alice', 'doas', 'none', ['/etc/doas.conf:1']],
  ['bob', 'doas', 'none', ['/etc/doas.conf:2', '/etc/sudoers:2']],
  ['carol', 'sudo', 'none', ['/etc/sudoers:2']],
  ['dave', 'su', 'none', ['/etc/pam.d/su:2']],
  ['erin', 'polkit', 'own', ['/etc/polkit-1/rules.d/10-ours.rules:1']],
  ['frank', 'polkit', 'none', ['/etc/polkit-1/rules.d/10-ours.rules:4']],
  ['grace', 'sudo', 'none', ['/etc/sudoers:3', '/etc/doas.conf:2', '/etc/sudoers:2']],
  ['kim', 'writable', 'none', ['/opt/deploy/run:', '/etc/sudoers:7']],
  ['nina', 'sudo', 'none', ['/etc/sudoers:8']],
] as const)('%s can become root by %s', (name, via, password, places) => {
  if (!lab.capabilities.ownHosts) return
  const { privileged, paths } = accountOf(name)
  expect([name, privileged]).toEqual([name, 'yes'])
  const way = paths.find((one) => one.via === via && one.effect === 'root')
  expect(way, JSON.stringify(paths)).toMatchObject({ password })
  const told = way!.steps.flatMap(({ place }) => (place === undefined ? [] : [`${place.path}:${place.line ?? ''}`]))
  for (const place of places) expect(told).toContain(place)
})

test.each(['heidi', 'ivan', 'judy', 'liam', 'mallory'])('%s has no way to root', (name) => {
  if (!lab.capabilities.ownHosts) return
  const { paths } = accountOf(name)
  expect([name, paths.filter(({ effect }) => effect === 'root')]).toEqual([name, []])
})

/** Who runs a command as an account, with its groups and nothing else. */
const as = (account: string, command: string) =>
  host.inside(['setpriv', '--reuid', account, '--regid', account, '--init-groups', 'sh', '-c', command])

test('those that the programs of the host can be asked about do become root, and the others do not', async (context) => {
  made(context)
  const tries: Record<string, string> = {
    carol: 'sudo -n id -u',
    dave: 'su root -c "id -u" < /dev/null',
    grace: 'sudo -n -u bob /bin/sh -c "doas -u carol sudo -n id -u"',
    nina: 'sudo -n id -u',
    kim: 'sudo -n /opt/deploy/run && echo 0',
    ...(existsSync('/usr/bin/doas') ? { alice: 'doas -n id -u', bob: 'doas -n -u carol sudo -n id -u' } : {}),
  }
  for (const [name, command] of Object.entries(tries)) {
    if (!existsSync('/usr/bin/doas') && command.includes('doas')) continue
    const { stdout, stderr } = await as(name, command)
    expect([name, stdout, stderr]).toEqual([name, '0\n', ''])
  }
  for (const name of ['heidi', 'ivan', 'judy', 'liam', 'mallory'])
    for (const command of ['sudo -n id -un root', 'sudo -n sh -c id', 'doas -n id', 'su root -c id < /dev/null'])
      if (!(name === 'heidi' && command.includes('id -un')))
        expect([name, command, (await as(name, command)).exit === 0]).toEqual([name, command, false])
})
