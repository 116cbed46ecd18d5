import { expect, test } from 'vitest'
import { busCompliance } from './compliance.ts'
import { memoryBus } from './memory-bus.ts'

busCompliance('in-memory', async (aside) => memoryBus({ onAside: aside, retryDelay: () => 1 }))

test('a publisher waits while the queue is full', async () => {
  await using bus = memoryBus({ capacity: 2 })
  const published: number[] = []
  const publishing = [1, 2, 3].map(async (count) => {
    await bus.publish('a', { type: 'note', version: 1, body: {} })
    published.push(count)
  })
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(published).toEqual([1, 2])
  await bus.serve('a', async () => {})
  await Promise.all(publishing)
  expect(published).toEqual([1, 2, 3])
})
