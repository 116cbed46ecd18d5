import type { Finding, TargetId } from '@rollcall/contract'
import type { ReportPart } from '@rollcall/contract/bus'
import { findingsDigest } from './findings-digest.ts'
import { cutIntoParts, type LongReport } from './long-report.ts'

export interface SpooledReportOptions {
  readonly id: string
  readonly agent: string
  readonly target: TargetId
  /** Keeps those who make entries from steering digests: see `findingsDigest`. */
  readonly digestKey: string
  /** Resolves when a part is in the spool. */
  readonly keep: (part: ReportPart) => Promise<void>
  /** The look was broken off: what was told of it is worth nothing. */
  readonly giveUp: () => void
}

/** A report whose findings go into the spool while the look goes on. */
export const openSpooledReport = ({
  id,
  agent,
  target,
  digestKey,
  keep,
  giveUp,
}: SpooledReportOptions): LongReport & Disposable => {
  const probes = new Map<string, { parts: number; digest: ReturnType<typeof findingsDigest> }>()
  let isWhole = false

  const probeOf = (probe: string) => {
    const known = probes.get(probe) ?? { parts: 0, digest: findingsDigest(digestKey) }
    probes.set(probe, known)
    return known
  }

  return {
    id,
    async tell(probe, findings: readonly Finding[]) {
      const about = probeOf(probe)
      const lines = findings.map((finding) => JSON.stringify(finding))
      for (const line of lines) about.digest.add(line)
      for (const [from, end] of cutIntoParts(lines))
        await keep({ report: id, agent, target, probe, index: about.parts++, findings: findings.slice(from, end) })
    },
    told(probe) {
      const { parts, digest } = probeOf(probe)
      return { parts, digest: digest.hex() }
    },
    async kept() {
      isWhole = true
    },
    [Symbol.dispose]() {
      if (!isWhole) giveUp()
    },
  }
}
