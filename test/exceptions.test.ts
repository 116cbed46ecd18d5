import { expect, test } from 'vitest'
import { rollcall, startRollcall, stateFolder } from './rollcall.ts'

/* What a user of the command line sees of exceptions: made, listed with their reason, and removed. */

test('exceptions are made, listed and removed from the command line, and what makes no sense is refused with a sentence', async () => {
  await using state = await stateFolder()
  await using _ = await startRollcall(['--data', state.path, '--no-scan', '--schedule', 'off'])
  const exceptions = (...args: string[]) => rollcall(['exceptions', ...args, '--data', state.path])

  const made = await exceptions(
    'add',
    '--path',
    '*/fixtures/*',
    '--reason',
    'made up for tests',
    '--until',
    '2999-01-01',
  )
  expect(made).toMatchObject({ code: 0, stderr: 'It holds for 0 places.\n' })
  const id = made.stdout.trim()
  const [line = ''] = (await exceptions('--json')).stdout.split('\n')
  expect(JSON.parse(line)).toMatchObject({
    id,
    match: { by: 'pattern', path: '*/fixtures/*' },
    expires: '2999-01-01T23:59:59.999Z',
    addedBy: 'local',
  })
  expect((await exceptions()).stdout).toMatch(/path \*\/fixtures\/\* .* made up for tests/)

  for (const [args, said] of [
    [['add', '--path', '*', '--reason', 'everything'], 'hide everything'],
    [['add', '--place', 'nobody', '--reason', 'nothing'], 'no current credential'],
    [['add', '--path', '/etc/x', '--reason', 'when', '--until', 'soon'], 'no date'],
  ] as const)
    expect(await exceptions(...args)).toMatchObject({ code: 1, stderr: expect.stringContaining(said) })

  expect(await exceptions('remove', id)).toMatchObject({ code: 0 })
  expect(await exceptions('remove', id)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('no such exception'),
  })
  expect((await exceptions('--json')).stdout).toBe('')
}, 240_000)
