import type { Entrance } from '../access.ts'
import type { Credentials } from '../credentials/credentials.ts'
import type { Exceptions } from '../exceptions.ts'
import type { Exports } from '../export.ts'
import type { InventoryReading } from '../inventory-reading.ts'
import type { LiveEvents } from '../events.ts'
import type { Fleet } from '../fleet/fleet.ts'
import type { ReportPace } from '../fleet/pace.ts'
import type { QueueWatch } from '../fleet/queue-watch.ts'
import type { LoginBook } from '../logins/login-book.ts'
import type { Measures } from '../measures/measures.ts'
import type { Traces } from '../measures/traces.ts'
import type { ReachReading } from '../reach-reading.ts'
import type { Scanning } from '../scans.ts'
import type { Schedules } from '../schedules/schedules.ts'
import type { Targets } from '../targets.ts'
import type { Trust } from '../trust/trust.ts'
import type { ViewTools } from '../view-reading.ts'

/** What the routes answer with. */
export interface Services {
  readonly entrance: Entrance
  readonly views: ViewTools
  readonly exports: Exports
  readonly inventory: InventoryReading
  readonly reach: ReachReading
  readonly scanning: Scanning
  readonly schedules: Schedules
  readonly targets: Targets
  readonly exceptions: Exceptions
  readonly trust: Trust
  readonly events: LiveEvents
  readonly credentials: Credentials
  /** Signs the end of the audit log; absent where nothing signs it. */
  readonly signAudit?: () => Promise<void>
  /** Absent where there is no broker, and so no agents but the one in this process. */
  readonly fleet?: Fleet
  /** The agent in this process. */
  readonly agent: string
  readonly pace: ReportPace
  /** Reports that wait: those of the fleet where there is one. */
  readonly queue: QueueWatch
  readonly logins: LoginBook
  readonly measures: Measures
  /** Where spans are sent; absent: nowhere. */
  readonly traces?: Traces
  readonly version: string
}
