import type { Duplex } from 'node:stream'

const HEAD = 4

/** JSON messages over a stream, each after its length in four bytes. What is no message, or longer than it may be, ends the stream. */
export const frames = (
  stream: Duplex,
  mostBytes: number,
  listener: { readonly heard: (message: unknown) => void; readonly ended: () => void },
): { send(message: unknown): void; close(): void } => {
  let chunks: Buffer[] = []
  let filled = 0
  let over = false

  const end = () => {
    if (over) return
    over = true
    chunks = []
    stream.destroy()
    listener.ended()
  }
  const gathered = () => {
    const all = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
    chunks = [all]
    return all
  }
  stream.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    filled += chunk.length
    while (filled >= HEAD) {
      const length = (chunks[0]!.length >= HEAD ? chunks[0]! : gathered()).readUInt32BE(0)
      if (length > mostBytes) return end()
      if (filled < HEAD + length) return
      const all = gathered()
      const text = all.toString('utf8', HEAD, HEAD + length)
      chunks = [all.subarray(HEAD + length)]
      filled -= HEAD + length
      let message: unknown
      try {
        message = JSON.parse(text)
      } catch {
        // Whoever says what is no message is not heard any more.
        return end()
      }
      listener.heard(message)
      if (over) return
    }
  })
  for (const event of ['error', 'end', 'close']) stream.on(event, end)
  return {
    send(message) {
      if (over) return
      const body = Buffer.from(JSON.stringify(message))
      const head = Buffer.alloc(HEAD)
      head.writeUInt32BE(body.length)
      stream.write(Buffer.concat([head, body]))
    },
    close: end,
  }
}
