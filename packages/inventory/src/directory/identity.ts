import type { DirectorySignals, TargetId } from '@rollcall/contract'
import type { IdentityEvidence } from '../host-identity.ts'

/** A directory as the inventory holds it. */
export interface KnownDirectory {
  readonly id: string
  readonly name: string
  readonly signals: DirectorySignals
  readonly targets: readonly { target: TargetId; firstSeen: string; lastSeen: string }[]
  /** Targets at which it, and no other, was seen last. */
  readonly residesAt: readonly TargetId[]
  readonly evidence: readonly IdentityEvidence[]
  readonly firstSeen: string
  readonly lastSeen: string
  readonly lastGoodScan: string | null
}

export interface DirectorySighting {
  readonly signals: DirectorySignals
  readonly target: TargetId
  readonly at: string
}

export interface IdentifiedDirectory {
  readonly directory: KnownDirectory | undefined
  readonly evidence: readonly IdentityEvidence[]
}

/**
 * Decides whose sighting it is. A directory is its content: all its servers are the same one.
 *
 * - The same id, which is the domain's SID or the suffix entry's UUID: the same, wherever it was met.
 * - Another id: another one, even at the same target with the same suffix: it was set up anew.
 * - No id on one side: the same where the suffix is, and it was last met at this target or has the same certificate.
 */
export const identifyDirectory = (
  { signals, target, at }: DirectorySighting,
  candidates: readonly KnownDirectory[],
): IdentifiedDirectory => {
  const sameSuffix = (one: KnownDirectory) => foldedDn(one.signals.suffix) === foldedDn(signals.suffix)
  const byId =
    signals.id === undefined ? undefined : candidates.find((one) => folded(one.signals.id) === folded(signals.id))
  const found =
    byId ??
    candidates.find(
      (one) =>
        (signals.id === undefined || one.signals.id === undefined) &&
        sameSuffix(one) &&
        (one.residesAt.includes(target) ||
          (signals.certificate !== undefined && one.signals.certificate === signals.certificate)),
    )
  if (found !== undefined) {
    const known = found.targets.some((one) => one.target === target)
    const because = byId === undefined ? 'the same suffix and certificate or address' : 'the same id'
    return {
      directory: found,
      evidence: known ? [] : [{ at, contradicts: false, sentence: `Also met at ${target}: it has ${because}.` }],
    }
  }
  return {
    directory: undefined,
    evidence: [
      {
        at,
        contradicts: false,
        sentence: `First met at ${target}, ${signals.id === undefined ? 'without an id' : `with id ${signals.id}`} and suffix ${signals.suffix}.`,
      },
      ...candidates
        .filter((one) => sameSuffix(one) || one.residesAt.includes(target))
        .slice(0, MAX_OTHERS)
        .map((one) => ({
          at,
          contradicts: sameSuffix(one),
          sentence: `${one.name} (${one.id}) ${one.residesAt.includes(target) ? `was met at ${target} before` : 'has the same suffix'}, but has another id: it was set up anew, or is another one.`,
        })),
    ],
  }
}

const MAX_OTHERS = 5

/** What a person calls a directory: its domain, else its suffix, else what it was reached by. */
export const directoryName = ({ domain, suffix }: DirectorySignals, target: TargetId): string =>
  (domain ?? (suffix === '' ? target : suffix))
    .replaceAll(/[\u0000-\u001f\u007f]/g, '')
    .trim()
    .toLowerCase()
    .slice(0, 253) || target

const folded = (text: string | undefined) => text?.toLowerCase()

/** A suffix without what makes no difference: case, and spaces around its separators. */
export const foldedDn = (dn: string): string => dn.toLowerCase().replaceAll(/\s*([,=+])\s*/g, '$1')
