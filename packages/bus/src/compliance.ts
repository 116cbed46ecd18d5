import { describe, expect, test } from 'vitest'
import { BusError, MAX_DELIVERIES, MAX_MESSAGE_BYTES, type Bus } from './bus.ts'

const note = (text: string) => ({ type: 'note', version: 1, body: { text } })
const textOf = (message: { body?: unknown }) => (message.body as { text: string }).text

const until = async (condition: () => boolean | Promise<boolean>) => {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5))
}

/** The promises of a bus, for every implementation. */
export const busCompliance = (kind: string, open: (aside: (subject: string) => void) => Promise<Bus>) => {
  describe(`the ${kind} bus`, () => {
    const received: string[] = []
    const opened = async () => {
      received.length = 0
      const aside: string[] = []
      const bus = await open((subject) => aside.push(subject))
      return { bus, aside }
    }

    test('delivers what was published, in order', async () => {
      const { bus } = await opened()
      await using _ = bus
      await bus.serve('a.b', async (message) => void received.push(textOf(message)))
      for (const text of ['1', '2', '3']) await bus.publish('a.b', note(text))
      await until(() => received.length === 3)
      expect(received).toEqual(['1', '2', '3'])
    })

    test('keeps what nobody serves yet', async () => {
      const { bus } = await opened()
      await using _ = bus
      await bus.publish('a.b', note('early'))
      await bus.serve('a.*', async (message, subject) => void received.push(`${subject} ${textOf(message)}`))
      await until(() => received.length === 1)
      expect(received).toEqual(['a.b early'])
    })

    test('does not deliver other subjects', async () => {
      const { bus } = await opened()
      await using _ = bus
      await bus.serve('a.*', async (_, subject) => void received.push(subject))
      for (const subject of ['b.a', 'a', 'a.b.c', 'a.b']) await bus.publish(subject, note(''))
      await until(() => received.length === 1)
      expect(received).toEqual(['a.b'])
    })

    test('says what waits, and for how long, until somebody has dealt with it', async () => {
      const { bus } = await opened()
      await using _ = bus
      const waits = async () => (await bus.backlog('a.*'))?.messages
      await until(async () => (await waits()) === 0)
      expect(await bus.backlog('a.*')).toEqual({ messages: 0, bytes: 0, oldestMs: 0 })
      const { promise, resolve } = Promise.withResolvers<void>()
      await bus.serve('a.*', () => promise)
      await bus.publish('a.c', note('later'))
      await until(async () => (await waits()) === 1)
      await new Promise((settled) => setTimeout(settled, 20))
      const waiting = await bus.backlog('a.*')
      expect(waiting?.bytes).toBeGreaterThan(0)
      expect(waiting?.oldestMs).toBeGreaterThan(10)
      resolve()
      await until(async () => (await waits()) === 0)
      expect((await bus.backlog('a.*'))?.oldestMs).toBe(0)
    })

    test('delivers again what a handler could not take', async () => {
      const { bus, aside } = await opened()
      await using _ = bus
      await bus.serve('a', async (message) => {
        received.push(textOf(message))
        if (received.length < 3) throw new Error('not now')
      })
      await bus.publish('a', note('again'))
      await until(() => received.length === 3)
      expect(aside).toEqual([])
    })

    test('puts aside what no delivery succeeds with, and goes on', async () => {
      const { bus, aside } = await opened()
      await using _ = bus
      await bus.serve('a', async (message) => {
        received.push(textOf(message))
        if (textOf(message) === 'poison') throw new Error('never')
      })
      await bus.publish('a', note('poison'))
      await bus.publish('a', note('fine'))
      await until(() => aside.length === 1)
      expect(received.filter((text) => text === 'poison')).toHaveLength(MAX_DELIVERIES)
      expect(received).toContain('fine')
    })

    test('never runs more handlers than asked', async () => {
      const { bus } = await opened()
      await using _ = bus
      let [busy, most, done] = [0, 0, 0]
      await bus.serve(
        'a',
        async () => {
          most = Math.max(most, ++busy)
          await new Promise((resolve) => setTimeout(resolve, 5))
          busy--
          done++
        },
        { concurrency: 4 },
      )
      for (let count = 0; count < 20; count++) await bus.publish('a', note(''))
      await until(() => done === 20)
      expect(most).toBe(4)
    })

    test('shares nothing between publisher and handlers', async () => {
      const { bus } = await opened()
      await using _ = bus
      const sent = note('original')
      await bus.serve('a', async (message) => void received.push(textOf(message)))
      await bus.publish('a', sent)
      sent.body.text = 'changed'
      await until(() => received.length === 1)
      expect(received).toEqual(['original'])
    })

    test('refuses a message over the limit', async () => {
      const { bus } = await opened()
      await using _ = bus
      await expect(bus.publish('a', note('x'.repeat(MAX_MESSAGE_BYTES)))).rejects.toMatchObject({ code: 'too-large' })
    })

    test('refuses to publish once it is closed', async () => {
      const { bus } = await opened()
      await bus[Symbol.asyncDispose]()
      await expect(bus.publish('a', note(''))).rejects.toThrow(BusError)
    })

    test('waits for handlers at work when a server is disposed', async () => {
      const { bus } = await opened()
      await using _ = bus
      let begun = false
      const server = await bus.serve('a', async (message) => {
        begun = true
        await new Promise((resolve) => setTimeout(resolve, 30))
        received.push(textOf(message))
      })
      await bus.publish('a', note('slow'))
      await until(() => begun)
      await server[Symbol.asyncDispose]()
      expect(received).toEqual(['slow'])
    })
  })
}
