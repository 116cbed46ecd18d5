import type { Socket } from 'node:net'

/** A connection on which LDAP is spoken. */
export interface Wire {
  send(bytes: Uint8Array): void
  /** Whoever hears from now on. A chunk is valid only during the call. */
  hear(listener: WireListener): void
  pause(): void
  resume(): void
  close(): void
}

export interface WireListener {
  arrived(chunk: Uint8Array): void
  /** Nothing more comes; called once. */
  ended(cause?: Error): void
}

/** Where a socket lays down what arrives, instead of making an object of each piece: servers send every entry in a TLS record of its own. */
export interface Landing {
  readonly buffer: Uint8Array
  readonly callback: (bytes: number, buffer: Uint8Array) => boolean
  /** Who is told. */
  listener: WireListener | undefined
}

export const newLanding = (): Landing => {
  const landing: Landing = {
    buffer: new Uint8Array(64 * 1024),
    callback(bytes, buffer) {
      landing.listener?.arrived(buffer.subarray(0, bytes))
      return true
    },
    listener: undefined,
  }
  return landing
}

/** A wire over a socket that is connected, with the landing that it was opened with, if any. */
export const wireOver = (socket: Socket, landing?: Landing): Wire => {
  let listener: WireListener | undefined
  let over = false
  const end = (cause?: Error) => {
    if (over) return
    over = true
    listener?.ended(cause)
  }
  socket.on('error', end)
  socket.on('close', () => end())
  socket.on('end', () => end())
  const arrived = (chunk: Uint8Array) => listener?.arrived(chunk)
  if (landing === undefined) socket.on('data', arrived)
  else landing.listener = { arrived, ended: end }
  return {
    send(bytes) {
      if (socket.writable) socket.write(bytes)
    },
    hear(next) {
      listener = next
      if (over) queueMicrotask(() => next.ended())
    },
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    close() {
      listener = undefined
      socket.destroySoon()
      setTimeout(() => socket.destroy(), 1000).unref()
    },
  }
}
