import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { Position } from '@rollcall/store'
import { Refusal } from './refusal.ts'

/** Where the next page begins, and as of when its ages are counted, so that all pages of one reading agree. */
export interface Place {
  readonly position: Position
  readonly now: Date
}

/** Writes and reads cursors that only this key made, and only for the question they were made for. */
export const cursors = (key: Uint8Array) => {
  const sign = (payload: string, question: string) =>
    createHmac('sha256', key)
      .update(`${payload}.${digest(question)}`)
      .digest()
  return {
    write(question: string, { position, now }: Place): string {
      const payload = Buffer.from(JSON.stringify([position.value, position.id, now.getTime()])).toString('base64url')
      return `${payload}.${sign(payload, question).toString('base64url')}`
    },

    /** Throws Refusal `invalid-cursor` for whatever `write` did not make for this question. */
    read(question: string, cursor: string): Place {
      const [payload = '', signature = '', ...rest] = cursor.split('.')
      const given = Buffer.from(signature, 'base64url')
      const right = sign(payload, question)
      if (rest.length > 0 || given.length !== right.length || !timingSafeEqual(given, right))
        throw new Refusal(
          400,
          'invalid-cursor',
          'the cursor is not of this filter and sort, or the collector was started anew; begin again without it',
        )
      const [value, id, now] = JSON.parse(Buffer.from(payload, 'base64url').toString()) as [
        Position['value'],
        string,
        number,
      ]
      return { position: { value, id }, now: new Date(now) }
    },
  }
}
export type Cursors = ReturnType<typeof cursors>

const digest = (text: string) => createHash('sha256').update(text).digest('hex')
