import { z } from 'zod'

/** Text that a target, directory or user sent: never longer than `max` UTF-16 units. Nothing is trusted about its content. */
export const text = (max: number) => z.string().max(max)

/** An instant as ISO 8601 in UTC, always with `Z`, so that text order is time order. */
export const instant = z.iso.datetime()

/** A path on a POSIX host. Linux allows 4,096 bytes (`PATH_MAX`). */
export const path = text(4096)

/** An account or group name. Directories allow 256 characters (MS-ADTS `sAMAccountName`), POSIX far fewer. */
export const principalName = text(256)

/** Where a fact was read: a file, and the 1-based line in it where there is one. */
export const place = z.object({ path, line: z.int().positive().optional() })
export type Place = z.output<typeof place>
