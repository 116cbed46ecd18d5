import type { Kysely } from 'kysely'
import { inventory } from './0001-inventory.ts'
import { fleet } from './0002-fleet.ts'
import { reports } from './0003-reports.ts'
import { schedules } from './0004-schedules.ts'
import { leases } from './0005-leases.ts'
import { attempts } from './0006-attempts.ts'
import { trust } from './0007-trust.ts'

/** One step of the schema. Numbered from 1 in the order of the list; a released one is never edited. */
export interface Migration {
  readonly number: number
  readonly name: string
  readonly up: (db: Kysely<never>) => Promise<void>
}

export const migrations: readonly Migration[] = [inventory, fleet, reports, schedules, leases, attempts, trust]
