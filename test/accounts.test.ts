import type { Finding } from '@rollcall/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import longLived from './lab/hosts/long-lived.ts'
import { startLab, type Lab } from './lab/lab.ts'
import { differenceFrom } from './lab/truth.ts'
import { scanOf } from './rollcall.ts'

/*
 * A host after years of use, as `rollcall scan` sees it: its accounts, what is wrong with their homes, and when and how somebody last
 * came in.
 */

type Told = Finding & { readonly probe: string }

let lab: Lab
let lines: readonly Told[] = []

beforeAll(async () => {
  lab = await startLab([longLived])
  const scanned = await scanOf(lab, lab.host(longLived.name))
  lines = scanned.lines as unknown as readonly Told[]
})

afterAll(async () => {
  await lab?.[Symbol.asyncDispose]()
})

const ACCOUNT_PROBES = new Set(['local-accounts', 'local-passwords', 'last-logins', 'key-logins'])

test('accounts, passwords and logins are those that the host was made with, and no forged ones', () => {
  const { made } = lab.host(longLived.name)
  const told = lines.filter(({ probe }) => ACCOUNT_PROBES.has(probe))
  expect(differenceFrom(made!.truth.expected, told, ['account', 'membership', 'credential', 'usage'])).toEqual({
    missing: [],
    unexpected: [],
    wrong: [],
  })
})

test('homes are told with owner and mode: those where somebody can work, and others that are not as they should be', () => {
  const homes = lines.flatMap((one) =>
    one.kind === 'file' && one.probe === 'home-folders' ? [[one.account, one.place.path, one.owner, one.mode]] : [],
  )
  expect(homes).toEqual(
    expect.arrayContaining([
      ['root', '/root', 0, '0700'],
      ['ada', '/home/ada', 1000, '0777'],
      ['ben', '/home/ben', 1001, '0700'],
      ['ben-admin', '/home/ben', 1001, '0700'],
      ['operator', '/srv/operator', 1002, '0755'],
    ]),
  )
})

test('how far back the logs reach is said, and that they hold lines of another host', () => {
  const outcome = lines.find(({ kind, probe }) => (kind as string) === 'outcome' && probe === 'key-logins')
  expect(outcome).toMatchObject({
    status: 'complete',
    reasons: [
      { code: 'no-earlier', detail: 'logins are known since 2026-07-31' },
      { code: 'unsupported', count: 1 },
    ],
  })
})
