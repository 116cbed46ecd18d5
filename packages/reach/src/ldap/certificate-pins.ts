/** A certificate that was pinned: on first use, or approved by somebody since. */
export interface CertificatePin {
  /** `SHA256:` and the digest over the certificate's DER in hexadecimal. */
  readonly fingerprint: string
  readonly approved: boolean
}

/** Which certificate each directory has to show where no authority vouches for it, by the target's text: `ldaps://host:port`. */
export interface CertificatePins {
  of(target: string): Promise<CertificatePin | undefined>
  /**
   * Records the certificate of a directory that had none. Durable when it resolves. `differs` when somebody else recorded another one
   * first, and then nothing may be sent to it.
   */
  pin(target: string, fingerprint: string): Promise<'pinned' | 'differs'>
}

/** Pins that last as long as the process. */
export const pinsInMemory = (): CertificatePins => {
  const pins = new Map<string, CertificatePin>()
  return {
    of: (target) => Promise.resolve(pins.get(target)),
    pin(target, fingerprint) {
      if (!pins.has(target)) pins.set(target, { fingerprint, approved: false })
      return Promise.resolve(pins.get(target)?.fingerprint === fingerprint ? 'pinned' : 'differs')
    },
  }
}
