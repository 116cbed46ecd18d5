import type { CredentialFile } from './detector.ts'

/** A file to look into. Its bytes are read as text once, and only if somebody asks for it. */
export const credentialFile = (path: string, bytes: Uint8Array, truncated = false): CredentialFile =>
  new ReadOnce(path, bytes, truncated)

type Encoding = 'binary' | 'utf-8' | 'utf-16'

class ReadOnce implements CredentialFile {
  readonly path: string
  readonly bytes: Uint8Array
  readonly truncated: boolean
  readonly encoding: Encoding
  /** Whether all of it is UTF-8; known when the text is. */
  whole = false
  #text: string | undefined

  constructor(path: string, bytes: Uint8Array, truncated: boolean) {
    this.path = path
    this.bytes = bytes
    this.truncated = truncated
    this.encoding = encodingOfBytes(bytes)
  }

  get text(): string {
    return (this.#text ??= this.#read())
  }

  #read(): string {
    const { bytes, encoding } = this
    if (encoding === 'binary') return ''
    if (encoding === 'utf-16') return (bytes[0] === 0xff ? UTF16LE : UTF16BE).decode(bytes)
    try {
      const text = WHOLE_UTF8.decode(bytes)
      this.whole = true
      return text
    } catch {
      return UTF8.decode(bytes)
    }
  }
}

/** How its bytes are to be read, without reading them. */
export const encodingOf = (file: CredentialFile): Encoding =>
  file instanceof ReadOnce ? file.encoding : file.text === '' ? 'binary' : 'utf-8'

/** So many characters from the beginning of its text. */
export const beginningOf = (file: CredentialFile, characters: number): string =>
  file instanceof ReadOnce && file.encoding === 'utf-8'
    ? UTF8.decode(file.bytes.subarray(0, 3 * characters + 4)).slice(0, characters)
    : file.text.slice(0, characters)

/** Whether its text has all that its bytes have: none of them is no UTF-8. */
export const isWhole = (file: CredentialFile): boolean =>
  !(file instanceof ReadOnce) || (file.text !== '' && file.whole)

const encodingOfBytes = (bytes: Uint8Array): Encoding => {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) return 'utf-16'
  return bytes.length === 0 || isBinary(bytes) ? 'binary' : 'utf-8'
}

/** Whether it is no text: it holds NUL in its first 8,192 bytes, and is not UTF-16 by its mark. */
const isBinary = (bytes: Uint8Array): boolean => bytes.subarray(0, 8192).includes(0)

const UTF8 = new TextDecoder()
const WHOLE_UTF8 = new TextDecoder('utf-8', { fatal: true })
const UTF16LE = new TextDecoder('utf-16le')
const UTF16BE = new TextDecoder('utf-16be')
