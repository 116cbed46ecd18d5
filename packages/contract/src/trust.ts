import { z } from 'zod'
import { text } from './text.ts'

/** By what a target proves who it is: a host by its SSH key, a directory by the certificate of its TLS. */
export const trustKind = z.enum(['host-key', 'certificate'])
export type TrustKind = z.output<typeof trustKind>

/** As known_hosts names a host (`host`, `[host]:port`, imported also a hash or a pattern), or the target's text of a directory. */
export const trustName = z
  .string()
  .min(1)
  .max(1024)
  .regex(/^[!-~\u0080-\uffff]+$/u)

/** A key that a target showed, or has to show. */
export const trustedKey = z.object({
  /** Of a certificate `x509`. */
  algorithm: text(64).regex(/^[!-~]+$/),
  /** As ssh-keygen writes it; of a certificate SHA-256 of its DER in hexadecimal, with `SHA256:` in front. */
  fingerprint: z.string().regex(/^SHA256:[A-Za-z0-9+/]{43}$|^SHA256:[0-9a-f]{64}$/),
  /** Of a host key: its blob in base64. */
  blob: z
    .string()
    .max(24_000)
    .regex(/^[A-Za-z0-9+/]+={0,2}$/)
    .optional(),
})
export type TrustedKey = z.output<typeof trustedKey>
