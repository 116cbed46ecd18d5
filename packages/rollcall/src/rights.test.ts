import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { explainedRights, hiddenOf } from './rights.ts'
import { UsageError } from './usage-error.ts'

test('the rights of chosen probes are printed for one account, with what stays hidden without them', async () => {
  const text = await explainedRights('sudoers', 'scan', 'local-passwords, sudo-rules')
  expect(text).toContain('\nscan ALL=(root) TIMEOUT=20 NOPASSWD: /bin/cat /etc/shadow\n')
  expect(text).toContain(String.raw`/bin/cat ^/etc/sudoers\.d/[^/ .][^/ ]*$`)
  expect(text).toContain('without it hidden: who may become root by sudo')
  expect(text).not.toContain('authorized_keys')
})

test('the rights are data as well', async () => {
  const rights: unknown = JSON.parse(await explainedRights('json', 'scan', 'local-passwords'))
  expect(rights).toMatchObject([
    {
      probe: 'local-passwords',
      commands: expect.arrayContaining([{ sudoers: '/bin/cat /etc/shadow', pattern: false }]),
    },
  ])
})

test.skipIf(!existsSync('/usr/sbin/visudo'))('what is printed for all probes is a sudoers file', async () => {
  const input = await explainedRights('sudoers')
  expect(execFileSync('/usr/sbin/visudo', ['-c', '-f', '-'], { input, encoding: 'utf8' })).toContain('parsed OK')
})

test.each([
  ['xml', 'scan', undefined],
  ['sudoers', 'scan ALL=(ALL) NOPASSWD: ALL\nscan', undefined],
  ['sudoers', 'ALL', undefined],
  ['sudoers', '%wheel', undefined],
  ['sudoers', 'scan', 'no-such-probe'],
])('--explain-rights=%s for %j and probes %j is refused', async (form, account, chosen) => {
  await expect(explainedRights(form, account, chosen)).rejects.toThrow(UsageError)
})

test('what a missing right hides is told by the probe itself', () => {
  expect(hiddenOf('sudo-rules')).toContain('who may become root by sudo')
  expect(hiddenOf('local-accounts')).toEqual([])
})
