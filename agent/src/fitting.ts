import type { ReportSection } from '@rollcall/contract/bus'

/** A report may be no larger than this in JSON: well under the bus's limit. */
const MAX_REPORT_BYTES = 6 * 1024 * 1024

/** Cuts the largest sections until the report fits; what is cut is `truncated`, so nothing it hides is taken for gone. */
export const fitting = (sections: readonly ReportSection[]): ReportSection[] => {
  let left = MAX_REPORT_BYTES
  const bySize = sections
    .map((section, index) => ({ section, index, bytes: Buffer.byteLength(JSON.stringify(section.findings ?? [])) }))
    .sort((one, other) => one.bytes - other.bytes)
  const fitted = new Map<number, ReportSection>()
  for (const [position, { section, index, bytes }] of bySize.entries()) {
    const share = Math.floor(left / (bySize.length - position))
    left -= Math.min(bytes, share)
    fitted.set(index, bytes <= share ? section : cut(section, share / bytes))
  }
  return sections.map((_, index) => fitted.get(index)!)
}

const cut = (section: ReportSection, part: number): ReportSection => {
  const { findings: all = [] } = section
  // Half of the proportional share: findings differ in size, and one that does not fit must not be kept by chance.
  const findings = all.slice(0, Math.floor((all.length * part) / 2))
  const dropped = all.length - findings.length
  return {
    ...section,
    findings,
    outcome: {
      status: 'truncated',
      reasons: [
        ...section.outcome.reasons.slice(0, 49),
        { code: 'too-large', detail: 'findings that did not fit the report', count: dropped },
      ],
    },
  }
}
