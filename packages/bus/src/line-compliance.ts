import { describe, expect, test } from 'vitest'
import { BusError } from './bus.ts'
import type { Line } from './line.ts'

const note = (text: string) => ({ type: 'note', version: 1, body: { text } })
const textOf = (message: { body?: unknown }) => (message.body as { text: string }).text

const until = async (condition: () => boolean) => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5))
}

/** Two ends of one line; the same object twice where there is one end only. */
export type OpenLine = () => Promise<{ readonly near: Line; readonly far: Line } & AsyncDisposable>

/** The promises of a line, for every implementation. */
export const lineCompliance = (kind: string, open: OpenLine) => {
  describe(`the ${kind} line`, () => {
    test('brings an answer to whoever asked', async () => {
      await using line = await open()
      await line.far.answer('a.*', async (message, subject) => note(`${textOf(message)} on ${subject}`))
      expect(textOf(await line.near.ask('a.b', note('hello')))).toBe('hello on a.b')
    })

    test('tells many questions at a time apart', async () => {
      await using line = await open()
      await line.far.answer('a', async (message) => {
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 20))
        return message
      })
      const texts = Array.from({ length: 40 }, (_, index) => `${index}`)
      const answers = await Promise.all(texts.map((text) => line.near.ask('a', note(text))))
      expect(answers.map(textOf)).toEqual(texts)
    })

    test('says that nobody answers', async () => {
      await using line = await open()
      await expect(line.near.ask('a', note(''), { timeoutMs: 500 })).rejects.toMatchObject({ code: 'no-answer' })
    })

    test('says so too when the answer comes too late, or never', async () => {
      await using line = await open()
      await line.far.answer('late', async (message) => {
        await new Promise((resolve) => setTimeout(resolve, 300))
        return message
      })
      await line.far.answer('never', async () => {
        throw new Error('not today')
      })
      await expect(line.near.ask('late', note(''), { timeoutMs: 50 })).rejects.toMatchObject({ code: 'no-answer' })
      await expect(line.near.ask('never', note(''), { timeoutMs: 50 })).rejects.toMatchObject({ code: 'no-answer' })
    })

    test('stops asking when it is told to', async () => {
      await using line = await open()
      await line.far.answer('a', async (message) => {
        await new Promise((resolve) => setTimeout(resolve, 100))
        return message
      })
      const stop = new AbortController()
      const asked = line.near.ask('a', note(''), { signal: stop.signal })
      stop.abort(new Error('enough'))
      await expect(asked).rejects.toThrow('enough')
    })

    test('answers each question once, however many answer', async () => {
      await using line = await open()
      let answered = 0
      for (const end of [line.near, line.far])
        await end.answer('a', async (message) => {
          answered++
          return message
        })
      for (let count = 0; count < 10; count++) await line.near.ask('a', note(''))
      expect(answered).toBe(10)
    })

    test('lets everybody hear what is told, on the subjects they asked for', async () => {
      await using line = await open()
      const heard: string[] = []
      await line.far.hear('a.*', async (message, subject) => void heard.push(`far ${subject} ${textOf(message)}`))
      await line.near.hear('a.b', async (message, subject) => void heard.push(`near ${subject} ${textOf(message)}`))
      await settled(line.near, line.far)
      for (const subject of ['b', 'a', 'a.b.c', 'a.b']) await line.near.tell(subject, note('x'))
      await until(() => heard.length >= 2)
      expect(heard.sort()).toEqual(['far a.b x', 'near a.b x'])
    })

    test('keeps nothing for who was not there', async () => {
      await using line = await open()
      await line.near.tell('a', note('early'))
      await settled(line.near, line.far)
      const heard: string[] = []
      await line.far.hear('a', async (message) => void heard.push(textOf(message)))
      await settled(line.near, line.far)
      await line.near.tell('a', note('later'))
      await until(() => heard.length > 0)
      expect(heard).toEqual(['later'])
    })

    test('goes on after a handler failed', async () => {
      await using line = await open()
      const heard: string[] = []
      await line.far.hear('a', async (message) => {
        heard.push(textOf(message))
        throw new Error('not this one')
      })
      await settled(line.near, line.far)
      for (const text of ['1', '2']) await line.near.tell('a', note(text))
      await until(() => heard.length === 2)
      expect(heard).toEqual(['1', '2'])
    })

    test('shares nothing between the ends', async () => {
      await using line = await open()
      let seen: ReturnType<typeof note> | undefined
      await line.far.answer('a', async (message) => {
        seen = message as ReturnType<typeof note>
        return seen
      })
      const asked = note('original')
      const answer = await line.near.ask('a', asked)
      asked.body.text = 'changed'
      seen!.body.text = 'changed too'
      expect(textOf(answer)).toBe('original')
    })

    test('refuses what is too large', async () => {
      await using line = await open()
      const large = note('x'.repeat(256 * 1024))
      await expect(line.near.ask('a', large)).rejects.toMatchObject({ code: 'too-large' })
      await expect(line.near.tell('a', large)).rejects.toMatchObject({ code: 'too-large' })
    })

    test('hears nothing more once that was disposed', async () => {
      await using line = await open()
      const heard: string[] = []
      const listening = await line.far.hear('a', async (message) => void heard.push(textOf(message)))
      await settled(line.near, line.far)
      await line.near.tell('a', note('1'))
      await until(() => heard.length === 1)
      await listening[Symbol.asyncDispose]()
      await line.near.tell('a', note('2'))
      await settled(line.near, line.far)
      expect(heard).toEqual(['1'])
    })

    test('refuses everything once it is closed', async () => {
      await using line = await open()
      await line.near[Symbol.asyncDispose]()
      await expect(line.near.ask('a', note(''))).rejects.toThrow(BusError)
      await expect(line.near.tell('a', note(''))).rejects.toThrow(BusError)
      await expect(line.near.hear('a', async () => {})).rejects.toThrow(BusError)
      await expect(line.near.answer('a', async (message) => message)).rejects.toThrow(BusError)
    })
  })
}

/** Everything said so far by one end has reached the other. */
const settled = async (near: Line, far: Line) => {
  const one = await far.answer('settled.far', async (message) => message)
  const other = await near.answer('settled.near', async (message) => message)
  await near.ask('settled.far', note(''))
  await far.ask('settled.near', note(''))
  await one[Symbol.asyncDispose]()
  await other[Symbol.asyncDispose]()
}
