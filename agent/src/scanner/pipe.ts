import type { Duplex } from 'node:stream'
import { Secret } from '@rollcall/secret'

/** Messages between the agent and a process that scans: JSON, each after its length in four bytes. */
export interface Pipe<Said> {
  /** Resolves when the other side keeps up, or is gone. */
  send(message: Said): Promise<void>
  /** Sends what is JSON already. */
  sendText(json: string): Promise<void>
  close(): void
}

export interface Listener<Heard> {
  heard(message: Heard): void
  /** Nothing more comes; called once. `fault`: what came was no message. */
  ended(why: 'over' | 'fault'): void
}

/** No message is larger: the other side is not believed in that either. */
const MOST_BYTES = 64 * 1024 * 1024

const HEAD = 4

/** `secrets`: they are told in clear to the other side, or taken from it. */
export const openPipe = <Said, Heard>(
  stream: Duplex,
  secrets: 'told' | 'taken',
  listener: Listener<Heard>,
): Pipe<Said> => {
  let chunks: Buffer[] = []
  let filled = 0
  let wanted: number | undefined
  let over = false
  let drained: PromiseWithResolvers<void> | undefined

  const drain = () => {
    drained?.resolve()
    drained = undefined
  }
  const end = (why: 'over' | 'fault') => {
    if (over) return
    over = true
    chunks = []
    filled = 0
    stream.destroy()
    drain()
    listener.ended(why)
  }
  /** The first bytes that came, taken away; joined once, when all of them are there. */
  const take = (length: number): Buffer => {
    const all = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
    filled -= length
    chunks = filled === 0 ? [] : [all.subarray(length)]
    return all.subarray(0, length)
  }
  const read = (text: string) => JSON.parse(text, secrets === 'taken' ? withSecrets : undefined) as Heard

  stream.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    filled += chunk.length
    try {
      while (filled >= (wanted ?? HEAD)) {
        if (wanted === undefined) {
          wanted = take(HEAD).readUInt32BE()
          if (wanted > MOST_BYTES) return end('fault')
        } else {
          const text = take(wanted).toString('utf8')
          wanted = undefined
          listener.heard(read(text))
        }
      }
    } catch {
      end('fault')
    }
  })
  stream.on('drain', drain)
  for (const event of ['error', 'end', 'close']) stream.on(event, () => end('over'))

  const sendText = (json: string): Promise<void> => {
    if (over) return Promise.resolve()
    const length = Buffer.byteLength(json)
    const bytes = Buffer.allocUnsafeSlow(HEAD + length)
    bytes.writeUInt32BE(length)
    bytes.write(json, HEAD)
    if (stream.write(bytes)) return Promise.resolve()
    drained ??= Promise.withResolvers<void>()
    return drained.promise
  }
  return {
    sendText,
    send: (message) => sendText(JSON.stringify(message, secrets === 'told' ? secretsTold : undefined)),
    close: () => end('over'),
  }
}

const MARK = '\0secret'

/** A secret writes itself as nothing that could be read; here it is meant to be read. */
function secretsTold(this: Readonly<Record<string, unknown>>, key: string, value: unknown): unknown {
  const told = this[key]
  return told instanceof Secret ? { [MARK]: Buffer.from(told.revealBytes()).toString('base64') } : value
}

const withSecrets = (_: string, value: unknown): unknown => {
  if (typeof value !== 'object' || value === null || !(MARK in value)) return value
  return Secret.ofBytes(Buffer.from(String(value[MARK]), 'base64'))
}
