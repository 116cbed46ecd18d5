import { inspect } from 'node:util'

const PRINTED = '[secret]'

/**
 * Bytes that must not be printed: passwords, private keys, tokens. However it is turned into text (logs, JSON, errors,
 * templates, inspection), it reads `[secret]`. Only `reveal` gives the value, so that every use can be found.
 */
export class Secret {
  readonly #bytes: Uint8Array

  private constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  static ofText(text: string): Secret {
    return new Secret(new TextEncoder().encode(text))
  }

  /** Takes a copy; the caller may wipe its own. */
  static ofBytes(bytes: Uint8Array): Secret {
    return new Secret(Uint8Array.from(bytes))
  }

  /** The value as UTF-8 text, for the one place that must hand it on. */
  reveal(): string {
    return new TextDecoder().decode(this.#bytes)
  }

  /** The value as bytes; a copy. */
  revealBytes(): Uint8Array {
    return Uint8Array.from(this.#bytes)
  }

  /** Overwrites the value: who reads it from then on gets zeros. Copies that were made before are not reached. */
  wipe(): void {
    this.#bytes.fill(0)
  }

  toString(): string {
    return PRINTED
  }

  toJSON(): string {
    return PRINTED
  }

  [inspect.custom](): string {
    return PRINTED
  }
}
