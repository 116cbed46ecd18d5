import { isApproved, nameOf, openPinFile, pinLines, rewritePins } from '../pin-file.ts'

/** A certificate that was pinned: on first use, or approved by somebody since. */
export interface CertificatePin {
  /** The target's text: `ldaps://host:port`. */
  readonly target: string
  /** `SHA256:` and the digest over the certificate's DER in hexadecimal. */
  readonly fingerprint: string
  readonly approved: boolean
}

/** Which certificate each directory has to show where no authority vouches for it, by the target's text. */
export interface CertificatePins {
  of(target: string): Promise<CertificatePin | undefined>
  /**
   * Records the certificate of a directory that had none. Durable when it resolves. `differs` when somebody else recorded another one
   * first, and then nothing may be sent to it.
   */
  pin(target: string, fingerprint: string): Promise<'pinned' | 'differs'>
  /** Hears of a certificate that is not the pinned one; nothing was sent to whoever shows it. */
  shown?(target: string, fingerprint: string): Promise<void>
}

/**
 * Our own file of certificates: a line for each target with its fingerprint, and `approved` where somebody vouches for it. Without a path,
 * pins last as long as the process.
 */
export const certificatePins = (path?: string): CertificatePins => {
  const file = openPinFile(path)
  return {
    async of(target) {
      const [line] = await file.lines(target)
      return line === undefined ? undefined : pinOf(target, line)
    },
    async pin(target, fingerprint) {
      const line = await file.add(target, `${target} ${fingerprint}`)
      return pinOf(target, line).fingerprint === fingerprint ? 'pinned' : 'differs'
    },
  }
}

/** Every pin of a file, in its order. */
export const listCertificatePins = async (path: string): Promise<CertificatePin[]> =>
  (await pinLines(path)).map((line) => pinOf(nameOf(line), line))

/** Writes down that somebody vouches for these certificates, and for no other of their targets. Gives how many lines changed. */
export const vouchForCertificates = (
  path: string,
  vouched: readonly Pick<CertificatePin, 'target' | 'fingerprint'>[],
): Promise<number> => {
  const fresh = new Map(vouched.map(({ target, fingerprint }) => [target, `${target} ${fingerprint} approved`]))
  return rewritePins(path, (lines) => [...lines.filter((line) => !fresh.has(nameOf(line))), ...fresh.values()])
}

/** Of a line that was damaged the fingerprint is none, and then nothing is sent there. */
const pinOf = (target: string, line: string): CertificatePin => ({
  target,
  fingerprint: line.split(' ')[1] ?? '',
  approved: isApproved(line),
})
