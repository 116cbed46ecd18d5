import type { AccessTables } from './tables/access.ts'
import type { AttemptTables } from './tables/attempts.ts'
import type { CredentialTables } from './tables/credentials.ts'
import type { DirectoryTables } from './tables/directories.ts'
import type { FindingTables } from './tables/findings.ts'
import type { FleetTables } from './tables/fleet.ts'
import type { HostTables } from './tables/hosts.ts'
import type { ReportTables } from './tables/reports.ts'
import type { ScanTables } from './tables/scans.ts'
import type { ScheduleTables } from './tables/schedules.ts'
import type { ScopeTables } from './tables/scopes.ts'
import type { TrustTables } from './tables/trust.ts'

export type {
  DirectoryAccountTable,
  DirectoryGroupTable,
  DirectoryMemberTable,
  DirectoryRightTable,
  DirectoryWeaknessTable,
} from './tables/directories.ts'
export type {
  KeyPlaceTable,
  GrantRuleTable,
  ServiceTable,
  ServiceAccountTable,
  FileTable,
  StoredCredentialTable,
} from './tables/findings.ts'
export type { AccountTable } from './tables/hosts.ts'

/** Rows as the database holds them: text, integers and null only. Lists are `listText`, bodies JSON that no query looks into. */
export interface Tables
  extends
    AccessTables,
    AttemptTables,
    CredentialTables,
    DirectoryTables,
    FindingTables,
    FleetTables,
    HostTables,
    ReportTables,
    ScanTables,
    ScheduleTables,
    ScopeTables,
    TrustTables {
  migration: { number: number; name: string; applied_at: string; program: string }
}
