import type { HostSignals, TargetId } from '@rollcall/contract'

/** A host as the inventory holds it. */
export interface KnownHost {
  readonly id: string
  /** Absent for a host. */
  readonly kind?: 'directory'
  readonly name: string
  readonly signals: HostSignals
  readonly targets: readonly { target: TargetId; firstSeen: string; lastSeen: string }[]
  /** Targets at which it, and no other host, was seen last. */
  readonly residesAt: readonly TargetId[]
  readonly evidence: readonly IdentityEvidence[]
  readonly firstSeen: string
  readonly lastSeen: string
  /** The last look at which every probe was complete. */
  readonly lastGoodScan: string | null
}

/** Why a sighting was taken for a host, or what contradicts it. */
export interface IdentityEvidence {
  readonly at: string
  readonly sentence: string
  readonly contradicts: boolean
}

/** What a host looked like when it was last seen, by the digest of the report. */
export interface HostSighting {
  readonly target: TargetId
  readonly host: string
  readonly digest: string
  readonly at: string
  /** From when on the same again must be thought through anew; null for never. */
  readonly until: string | null
}

/** A host as it was met: what it said of itself, where, and when. */
export interface Sighting {
  readonly signals: HostSignals
  readonly target: TargetId
  readonly at: string
}

/** Which known host a sighting is of, or that it is of a new one; with what is to be remembered about it. */
export interface Identified {
  readonly host: KnownHost | undefined
  readonly evidence: readonly IdentityEvidence[]
}

/**
 * Decides whose sighting it is. No single signal is proof, and two hosts are never silently made one:
 *
 * - The same host key and no other machine id: the same host, wherever it was met.
 * - The same machine id with another host key: the same host, re-keyed, where it was last met at this target; else a clone.
 * - The same host key with another machine id: another host, even at the same target. A machine that was set up anew and one of
 *   several behind one address look alike here, and taking the second for the first would retire its accounts; taking the
 *   first for a new host only leaves the old one behind, for all to see.
 * - Key and machine id the same, but another machine by its DMI uuid, at another target: a full copy, so another host.
 * - Nothing to compare, at a target where it was last met: the same host.
 *
 * A key that was proven outweighs any that is only named, since host keys are public and anybody can name them. Contradictions
 * are told as evidence on the host they were met on.
 */
export const identify = (sighting: Sighting, candidates: readonly KnownHost[]): Identified => {
  const compared = candidates.map((host) => compare(sighting, host))
  const [best] = compared.filter(isSame).sort(better)
  if (best !== undefined) return { host: best.host, evidence: evidenceOfSame(sighting, best) }
  return {
    host: undefined,
    evidence: [
      metFirst(sighting),
      ...compared
        .filter(isRemarkable)
        .sort(better)
        .slice(0, MAX_EVIDENCE)
        .map((other) => evidenceOfOther(sighting, other)),
    ],
  }
}

/** What a person calls a host: its own name unless that says nothing, else what it was reached by; in lower case, as names are compared (RFC 4343). */
export const hostName = ({ fqdn, hostname }: Pick<HostSignals, 'fqdn' | 'hostname'>, target: TargetId): string => {
  const own = [fqdn, hostname].find(
    (name) => name !== undefined && !/^(localhost|localhost\.localdomain|\(none\)|)$/i.test(name.trim()),
  )
  return (
    (own ?? target.replace(/^ssh:\/\/(?:[^@]*@)?/, '').replace(/:\d+$/, ''))
      .replaceAll(/[\u0000-\u001f\u007f]/g, '')
      .trim()
      .toLowerCase()
      .slice(0, 253) || target
  )
}

/** Evidence of other hosts told at a first meeting: a cloned image may have thousands. */
const MAX_EVIDENCE = 5

type Relation = 'same' | 'other' | 'unknown'

interface Compared {
  readonly host: KnownHost
  readonly key: Relation
  readonly machine: Relation
  readonly dmi: Relation
  /** Whether it was the last to be met at the sighting's target. */
  readonly here: boolean
}

const compare = ({ signals, target }: Sighting, host: KnownHost): Compared => ({
  host,
  key: keyRelation(signals, host.signals),
  machine: relation(machineId(signals), machineId(host.signals)),
  dmi: relation(dmiUuid(signals), dmiUuid(host.signals)),
  here: host.residesAt.includes(target),
})

const isSame = ({ key, machine, dmi, here }: Compared): boolean => {
  if (machine === 'other') return false
  if (key === 'same') return here || dmi !== 'other'
  if (machine === 'same') return here || (key === 'unknown' && dmi !== 'other')
  return key === 'unknown' && here
}

/** Whether a host that a sighting is not of has so much in common with it that a person should know. */
const isRemarkable = ({ key, machine, here }: Compared) => key === 'same' || machine === 'same' || here

const better = (one: Compared, other: Compared): number => {
  const [mine, its] = [rank(one), rank(other)]
  if (mine !== its) return its - mine
  if (one.host.lastSeen !== other.host.lastSeen) return one.host.lastSeen < other.host.lastSeen ? 1 : -1
  return one.host.id < other.host.id ? -1 : 1
}

const rank = ({ key, machine, dmi, here }: Compared) =>
  (machine === 'same' ? 16 : 0) +
  (key === 'same' ? 8 : 0) +
  (dmi === 'same' ? 4 : 0) +
  (dmi === 'unknown' ? 2 : 0) +
  (here ? 1 : 0)

const relation = (one: string | undefined, other: string | undefined): Relation =>
  one === undefined || other === undefined ? 'unknown' : one === other ? 'same' : 'other'

/** Images are shipped with none or `uninitialized` (machine-id(5)); neither tells hosts apart. */
const machineId = ({ machineId }: HostSignals) => {
  const id = machineId?.trim().toLowerCase()
  return id === undefined || !/^[0-9a-f]{32}$/.test(id) || /^(.)\1*$/.test(id) ? undefined : id
}

/** Boards without one of their own report all zeros or all ones. */
const dmiUuid = ({ dmiUuid }: HostSignals) => {
  const id = dmiUuid?.trim().toLowerCase().replaceAll('-', '')
  return id === undefined || !/^[0-9a-f]{32}$/.test(id) || /^(.)\1*$/.test(id) ? undefined : id
}

const keyRelation = (one: HostSignals, other: HostSignals): Relation => {
  const [mine, its] = [one.provenHostKey, other.provenHostKey]
  if (mine !== undefined && its !== undefined) {
    if (mine.fingerprint === its.fingerprint) return 'same'
    // Another kind of key was agreed on this time: the host that is known may name it as its own; what the one met now names is worth nothing.
    return mine.algorithm !== its.algorithm &&
      other.hostKeys.some(({ fingerprint }) => fingerprint === mine.fingerprint)
      ? 'same'
      : other.hostKeys.length === 0 && mine.algorithm !== its.algorithm
        ? 'unknown'
        : 'other'
  }
  const [all, held] = [keysOf(one), keysOf(other)]
  if (all.length === 0 || held.length === 0) return 'unknown'
  return all.some(({ fingerprint }) => held.some((key) => key.fingerprint === fingerprint)) ? 'same' : 'other'
}

const keysOf = ({ provenHostKey, hostKeys }: HostSignals) =>
  provenHostKey === undefined ? hostKeys : [provenHostKey, ...hostKeys]

const evidenceOfSame = (
  { signals, target, at }: Sighting,
  { host, key, machine, dmi, here }: Compared,
): IdentityEvidence[] => {
  const told: IdentityEvidence[] = []
  const tell = (sentence: string, contradicts = false) => told.push({ at, sentence, contradicts })
  if (key === 'other')
    tell(
      `Met at ${target} with another host key, ${keyText(signals)}; its machine id and address are the same, so it was taken for re-keyed.`,
      true,
    )
  if (dmi === 'other')
    tell(
      `Met at ${target} on another machine (DMI uuid); its host key or machine id and address are the same, so it was taken for moved.`,
    )
  if (!here && !host.targets.some((known) => known.target === target)) {
    tell(`Also met at ${target}: ${because({ key, machine, signals })}.`)
  }
  return told
}

const because = ({ key, machine, signals }: Pick<Compared, 'key' | 'machine'> & { signals: HostSignals }) => {
  const proof = signals.provenHostKey === undefined ? 'names' : 'proved to hold'
  if (key === 'same' && machine === 'same') return `it ${proof} the same host key and has the same machine id`
  if (key === 'same') return `it ${proof} the same host key`
  return machine === 'same' ? 'it has the same machine id' : 'nothing else was ever met there'
}

const metFirst = ({ signals, target, at }: Sighting): IdentityEvidence => ({
  at,
  sentence: `First met at ${target}, with ${keyText(signals)}.`,
  contradicts: false,
})

const evidenceOfOther = ({ target, at }: Sighting, { host, key, machine, here }: Compared): IdentityEvidence => {
  const name = `${host.name} (${host.id})`
  if (key === 'same' && machine === 'other') {
    return {
      at,
      contradicts: true,
      sentence: `It has the host key of ${name} but another machine id${here ? ', at the same target: the host was set up anew with its old key, or several answer there' : ': the key was copied'}.`,
    }
  }
  if (key === 'same')
    return {
      at,
      contradicts: true,
      sentence: `It has the host key of ${name} but is another machine: it was copied whole.`,
    }
  if (machine === 'same')
    return {
      at,
      contradicts: true,
      sentence: `It has the machine id of ${name} but another host key: one was copied from the other.`,
    }
  return {
    at,
    contradicts: key === 'other' && machine === 'unknown',
    sentence: `${name} was met at ${target} before; its ${key === 'other' ? 'host key' : 'machine id'} is another.`,
  }
}

const keyText = ({ provenHostKey, hostKeys }: HostSignals) => {
  const key = provenHostKey ?? hostKeys[0]
  return key === undefined
    ? 'no host key known'
    : `host key ${key.fingerprint}${provenHostKey === undefined ? ' as it names it' : ', which it proved to hold'}`
}
