/** What came, and was taken in. */
export interface ReportTables {
  inbox: { report: string; at: string }
  /** What of the numbers of an agent's spool is committed: all up to one, and ranges beyond it. */
  spool: {
    agent: string
    epoch: string
    up_to: number
    beyond: string
    forgotten: number
    gap_since: string | null
    last_at: string
  }
  /** Findings that came before their report; `at`: when. Those of a part that lie apart in their scope are apart here: `share` tells where. */
  report_part: {
    report: string
    probe: string
    share: number
    part: number
    agent: string
    target: string
    at: string
    findings: number
    body: string
  }
}
