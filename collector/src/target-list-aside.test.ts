import { expect, test } from 'vitest'
import { targetListReading } from './target-list-aside.ts'
import { readTargetList } from './target-lists.ts'

test('a file is read aside as it is read here, while other work goes on', async () => {
  const text = `all:\n  hosts:\n${Array.from({ length: 5000 }, (_, host) => `    host${host}: {ansible_port: 22}\n`).join('')}`
  let turns = 0
  const timer = setInterval(() => turns++, 1)
  const list = await targetListReading()('hosts.yml', text)
  clearInterval(timer)
  expect(list).toEqual(readTargetList('hosts.yml', text))
  expect(turns).toBeGreaterThan(0)
})

test('what takes too long is given up, and the next file is read', async () => {
  const reading = targetListReading(1)
  await expect(reading('x', 'db1')).rejects.toMatchObject({ code: 'invalid-targets' })
  await expect(targetListReading()('x', 'db1')).resolves.toMatchObject({ include: ['ssh://db1:22'] })
})
