import { describeReason, type Outcome } from '@rollcall/contract'
import { credentialRank, severityOf } from '@rollcall/inventory'
import type { RankedCredential } from './ranked.ts'
import { sentenceOf } from './sentence.ts'

/** What a SARIF log is made of. */
export interface SarifInput {
  readonly found: readonly RankedCredential[]
  readonly outcome: Outcome
  readonly version: string
  readonly titles: ReadonlyMap<string, string>
}

/** A log of SARIF 2.1.0 (OASIS, 2020): one run, one rule for each detector that found something, nothing of any value. */
export const sarifLog = ({ found, outcome, version, titles }: SarifInput): object => {
  const rules = [...new Set(found.map(({ finding }) => finding.detector))].toSorted()
  return {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'Rollcall',
            version,
            rules: rules.map((id) => ({
              id,
              shortDescription: { text: titles.get(id) ?? id },
              help: { text: 'Move the secret to where only what needs it can read it, change it, and name it here.' },
            })),
          },
        },
        columnKind: 'utf16CodeUnits',
        invocations: [
          {
            executionSuccessful: outcome.status === 'complete',
            toolExecutionNotifications: outcome.reasons.map((reason) => ({
              level: 'warning',
              message: {
                text: `${describeReason(reason.code)}${reason.detail === undefined ? '' : ` (${reason.detail})`}`,
              },
              ...(reason.path === undefined ? {} : { locations: [{ physicalLocation: artifact(reason.path) }] }),
            })),
          },
        ],
        results: found.map((one) => result(one, rules)),
      },
    ],
  }
}

const LEVELS = { critical: 'error', high: 'error', medium: 'warning', low: 'note', none: 'none' } as const

const result = ({ finding, exception }: RankedCredential, rules: readonly string[]) => ({
  ruleId: finding.detector,
  ruleIndex: rules.indexOf(finding.detector),
  level: LEVELS[severityOf(credentialRank(finding))],
  rank: credentialRank(finding),
  message: { text: sentenceOf(finding) },
  locations: [
    {
      physicalLocation: {
        ...artifact(finding.place.path),
        region: {
          startLine: finding.place.line ?? 1,
          ...(finding.endLine === undefined ? {} : { endLine: finding.endLine }),
        },
      },
      ...(finding.name === undefined ? {} : { logicalLocations: [{ fullyQualifiedName: finding.name }] }),
    },
  ],
  ...(finding.digest === undefined ? {} : { partialFingerprints: { 'secretDigest/v1': finding.digest } }),
  ...(exception === undefined
    ? {}
    : { suppressions: [{ kind: 'external', status: 'accepted', justification: exception.reason }] }),
  properties: {
    value: finding.value,
    state: finding.state,
    confidence: finding.confidence,
    ...(finding.weaknesses === undefined ? {} : { weaknesses: finding.weaknesses }),
  },
})

/** Paths become relative references or file URIs (RFC 3986), each segment escaped. */
const artifact = (path: string) => {
  const escaped = path.split('/').map(encodeSegment).join('/')
  return { artifactLocation: { uri: path.startsWith('/') ? `file://${escaped}` : escaped.replace(/^(?:\.\/)+/, '') } }
}

const encodeSegment = (segment: string) => encodeURIComponent(segment.toWellFormed())
