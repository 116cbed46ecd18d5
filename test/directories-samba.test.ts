import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sambaLacks, startSamba, type SambaLab } from './lab/directories/samba.ts'
import { SAMBA_SEED } from './lab/directories/samba-truth.ts'
import { rollcall, stateFolder, type ScanLine } from './rollcall.ts'

/*
 * Active Directory as its users have it: `rollcall scan ldaps://…` in a process of its own, against a real domain controller. What is
 * found in it is compared with its seed elsewhere.
 */

const lacks = sambaLacks()

let lab: SambaLab
let state: Awaited<ReturnType<typeof stateFolder>>

beforeAll(async () => {
  if (lacks !== undefined) return
  lab = await startSamba(SAMBA_SEED)
  state = await stateFolder()
  await writeFile(join(state.path, 'authority.pem'), lab.authority)
}, 180_000)

afterAll(async () => {
  await lab?.[Symbol.asyncDispose]()
  await state?.[Symbol.asyncDispose]()
})

const scan = async (target: string, password: string, ...more: string[]) => {
  const file = join(state.path, 'password')
  await writeFile(file, `${password}\n`, { mode: 0o600 })
  const login = ['--bind', lab.administrator.name, '--bind-password-file', file]
  const ca = ['--ca', join(state.path, 'authority.pem'), '--data', state.path]
  return rollcall(['scan', target, ...login, ...ca, ...more])
}

const linesOf = (text: string) =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as ScanLine)

describe.skipIf(lacks !== undefined)('a domain', () => {
  test('is read by user@domain, told line by line, and no secret with it', async () => {
    const { stdout, stderr } = await scan(`ldaps://${lab.address}`, lab.administrator.password, '--json')
    const lines = linesOf(stdout)
    const directory = lines.find(({ kind }) => kind === 'directory')
    expect(directory).toMatchObject({
      reached: { status: 'complete' },
      signals: { make: 'samba-ad', id: lab.domainSid, suffix: lab.base, identity: lab.administrator.name },
    })
    const kinds = new Set(lines.map(({ kind }) => kind))
    for (const kind of ['directory-account', 'directory-group', 'directory-member', 'directory-weakness'])
      expect([kind, kinds.has(kind)]).toEqual([kind, true])
    expect(stdout + stderr).not.toContain(lab.administrator.password)
  }, 120_000)

  test('says for people who can take it over', async () => {
    const { stdout } = await scan(`ldaps://${lab.address}`, lab.administrator.password)
    expect(stdout).toMatch(/Can take a directory over:\nDIRECTORY[\s\S]*Administrator/)
  }, 120_000)

  test('names its computers as hosts, each with an outcome', async () => {
    const { stdout } = await scan(`computers of ldaps://${lab.address}`, lab.administrator.password, '--json')
    const [asked, ...hosts] = linesOf(stdout).toSorted((one, other) => one.kind.localeCompare(other.kind))
    expect(asked).toMatchObject({ kind: 'computers', reached: { status: 'complete' } })
    expect(hosts.length).toBeGreaterThan(0)
    for (const { kind, target, reached } of hosts)
      expect([kind, target, (reached as { reasons: unknown[] }).reasons]).toEqual([
        'host',
        expect.stringMatching(/^ssh:\/\/[\w.-]+:22$/),
        [expect.objectContaining({ code: 'no-address' })],
      ])
  }, 120_000)

  test('a wrong password is told by its cause and not tried again', async () => {
    const codes: unknown[] = []
    for (let round = 0; round < 2; round++) {
      const { stdout } = await scan(`ldaps://${lab.address}`, 'Wrong-canary-3341', '--json')
      codes.push(...linesOf(stdout).map(({ reached }) => (reached as { reasons: { code: string }[] }).reasons[0]?.code))
    }
    expect(codes).toEqual(['login-rejected', 'login-not-repeated'])
  }, 120_000)
})
