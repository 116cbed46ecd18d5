import type { Certificate } from '@rollcall/contract'
import type { Sha256 } from '../../probe.ts'
import { clipped } from '../accounts/account-file.ts'
import { base64Bytes, certifiedKey, fingerprintOfBlob, readSshPublicKey, type SshPublicKey } from './public-key.ts'
import { binary, sshWire, type SshWire } from './wire.ts'

export interface SshCertificate {
  /** The key that it is about, by itself. */
  readonly key: SshPublicKey
  readonly certificate: Certificate
  /** Something was cut, since there is more of it than anybody writes. */
  readonly cut: boolean
}

/** Reads a certificate as `ssh-keygen -L` does (OpenSSH's PROTOCOL.certkeys). Undefined for what is none, plain keys among them. */
export const readCertificate = (type: string, base64: string, sha256: Sha256): SshCertificate | undefined => {
  const declared = readSshPublicKey(type, base64)
  const bytes = declared?.certificate === true ? base64Bytes(base64.replaceAll(/[\n\v\f\r]/g, '')) : undefined
  const read = bytes && certifiedKey(bytes)
  if (read === undefined) return undefined
  const { key, said } = read
  const serial = uint64(said)
  const kind = KINDS[said.uint32() ?? 0]
  const keyId = said.word()
  const principals = texts(said.bytes())
  const [from, to] = [uint64(said), uint64(said)]
  const [critical, extensions] = [optionsOf(said.bytes()), optionsOf(said.bytes())]
  said.bytes()
  const authority = said.bytes()
  if (serial === undefined || kind === undefined || keyId === undefined || principals === undefined) return undefined
  if (from === undefined || to === undefined || critical === undefined || extensions === undefined) return undefined
  if (authority === undefined) return undefined
  const [validFrom, validTo] = [from === 0n ? undefined : instantOf(from), to === FOREVER ? undefined : instantOf(to)]
  return {
    key,
    certificate: {
      type: kind,
      serial: serial.toString(),
      keyId: clipped(UTF8.decode(keyId), LONGEST_ID),
      principals: principals.slice(0, MOST_PRINCIPALS).map((name) => clipped(name, LONGEST_NAME)),
      ...(validFrom === undefined ? {} : { validFrom }),
      ...(validTo === undefined ? {} : { validTo }),
      criticalOptions: critical.slice(0, MOST_OPTIONS).map(({ name, value }) => ({
        name: clipped(name, LONGEST_OPTION),
        ...(value === undefined ? {} : { value: clipped(value, LONGEST_VALUE) }),
      })),
      extensions: extensions.slice(0, MOST_OPTIONS).map(({ name }) => clipped(name, LONGEST_NAME)),
      signedBy: fingerprintOfBlob(authority, sha256),
    },
    cut: principals.length > MOST_PRINCIPALS || critical.length > MOST_OPTIONS || extensions.length > MOST_OPTIONS,
  }
}

const KINDS: Readonly<Record<number, Certificate['type']>> = { 1: 'user', 2: 'host' }
const FOREVER = 0xffff_ffff_ffff_ffffn
const LONGEST_ID = 1024
const LONGEST_NAME = 256
const LONGEST_OPTION = 64
const LONGEST_VALUE = 4096
const MOST_PRINCIPALS = 256
const MOST_OPTIONS = 64

const UTF8 = new TextDecoder()

const uint64 = (wire: SshWire): bigint | undefined => {
  const [high, low] = [wire.uint32(), wire.uint32()]
  return high === undefined || low === undefined ? undefined : (BigInt(high) << 32n) | BigInt(low)
}

/** Later than any date that is written is as good as never. */
const instantOf = (seconds: bigint): string | undefined =>
  seconds > LAST_SECOND ? undefined : new Date(Number(seconds) * 1000).toISOString()

const LAST_SECOND = BigInt(Date.parse('9999-12-31T23:59:59Z') / 1000)

const texts = (bytes: Uint8Array | undefined): string[] | undefined => {
  if (bytes === undefined) return undefined
  const [wire, found]: [SshWire, string[]] = [sshWire(bytes), []]
  while (!wire.done()) {
    const text = wire.word()
    if (text === undefined) return undefined
    if (found.length <= MOST_PRINCIPALS) found.push(UTF8.decode(text))
  }
  return found
}

/** Names with what goes with them, which is written as a field within a field; nothing for those that only stand there. */
const optionsOf = (bytes: Uint8Array | undefined): { name: string; value?: string }[] | undefined => {
  if (bytes === undefined) return undefined
  const [wire, found]: [SshWire, { name: string; value?: string }[]] = [sshWire(bytes), []]
  while (!wire.done()) {
    const [name, data] = [wire.word(), wire.bytes()]
    if (name === undefined || data === undefined) return undefined
    const value = data.length === 0 ? undefined : sshWire(data).word()
    if (found.length <= MOST_OPTIONS)
      found.push({ name: binary(name), ...(value === undefined ? {} : { value: UTF8.decode(value) }) })
  }
  return found
}
