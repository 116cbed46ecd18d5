import { Buffer } from 'node:buffer'
import { envelope, MessageRefused, type Envelope } from '@rollcall/contract/bus'

/** How messages become bytes on a bus, and bytes messages again: where they are signed, compressed, and believed or not. */
export interface Wire {
  /** The bytes of a message for a subject. */
  write(subject: string, message: Envelope): Uint8Array
  /** The message that came on a subject. Throws MessageRefused for bytes that are none, or are not by whom the subject says. */
  read(subject: string, bytes: Uint8Array): Envelope
}

/** JSON as it is, believed as it comes: for a bus that does not leave the process. */
export const plainWire: Wire = {
  write: (_, message) => Buffer.from(JSON.stringify(message)),
  read(_, bytes) {
    let raw: unknown
    try {
      raw = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'))
    } catch (error) {
      throw new MessageRefused('not-a-message', 'expected JSON', { cause: error })
    }
    const parsed = envelope.safeParse(raw)
    if (!parsed.success)
      throw new MessageRefused('not-a-message', 'expected {type, version, body}', { cause: parsed.error })
    return parsed.data
  },
}
