import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Every way in which a secret may lie somewhere: plain, base64 at each of its three offsets, hexadecimal, in a URL, in JSON, in UTF-16. */
const formsOf = (secret: string): Buffer[] => {
  const bytes = Buffer.from(secret, 'utf8')
  const base64 = [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64')
    // What stands at the ends depends on what stands around it.
    return text.slice(offset === 0 ? 0 : offset + 1, -4)
  })
  const hex = bytes.toString('hex')
  const texts = [
    secret,
    ...base64,
    ...base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
    hex,
    hex.toUpperCase(),
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
  ]
  const wide = Buffer.from(secret, 'utf16le')
  return [...new Set(texts)].map((text) => Buffer.from(text, 'utf8')).concat([wide, Buffer.from(wide).swap16()])
}

export interface Hunt {
  /** Looks in bytes; remembers where a secret was found. */
  in(place: string, bytes: Uint8Array): void
  /** Looks in every file below a folder. */
  below(folder: string): void
  /** Looks at the command lines and environments that processes have now. */
  processes(leaveOut?: (commandLine: string) => boolean): void
  readonly found: readonly string[]
  /** Bytes that were looked at. */
  readonly looked: number
}

export const huntFor = (secrets: Readonly<Record<string, string>>): Hunt => {
  const forms = Object.entries(secrets).flatMap(([name, secret]) => formsOf(secret).map((form) => ({ name, form })))
  const found = new Set<string>()
  let looked = 0
  const look = (place: string, bytes: Uint8Array) => {
    const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    looked += all.length
    for (const { name, form } of forms) if (all.includes(form)) found.add(`${name} in ${place}`)
  }
  const read = (path: string): Buffer => {
    try {
      return readFileSync(path)
    } catch {
      // Gone, or no file that can be read.
      return Buffer.alloc(0)
    }
  }
  return {
    in: look,
    below(folder) {
      for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
        const path = join(folder, name)
        if (lstatSync(path, { throwIfNoEntry: false })?.isFile() === true) look(path, read(path))
      }
    },
    processes(leaveOut = () => false) {
      for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
        const line = read(`/proc/${pid}/cmdline`)
        if (leaveOut(line.toString('utf8'))) continue
        look(`the arguments of ${line.toString('utf8').replaceAll('\0', ' ').slice(0, 80)}`, line)
        look(
          `the environment of ${line.toString('utf8').replaceAll('\0', ' ').slice(0, 80)}`,
          read(`/proc/${pid}/environ`),
        )
      }
    },
    get found() {
      return [...found]
    },
    get looked() {
      return looked
    },
  }
}
