import { z } from 'zod'
import { path } from './text.ts'

/** What whoever orders a scan wishes of the search for stored credentials. All of it may be left out. */
export const credentialWishes = z.strictObject({
  /** Nothing is searched for, and the outcome says so. */
  off: z.boolean().optional(),
  /** What is passed over with all that is below: absolute paths, or names wherever they are; `*`, `?` and `[…]` as in a shell. */
  exclude: z
    .array(
      path.regex(
        // oxlint-disable-next-line no-control-regex -- no path holds these
        /^(?:\/[^\0\r\n]+|[^/\0\r\n]+)$/,
        'an absolute path such as /srv/data, or a name such as *.csv',
      ),
    )
    .max(256)
    .optional(),
  /** Files and bytes that are read on one host in one scan, at most; what is as it was is not read again and does not count. */
  maxFiles: z.int().nonnegative().max(1_000_000).optional(),
  maxBytes: z
    .int()
    .nonnegative()
    .max(1024 ** 3)
    .optional(),
  /**
   * Stored hashes of passwords are compared with names of accounts, with what products are shipped with and with what people choose most
   * often, for so many seconds of computing a host and scan at most; on the machine that scans, against no service. Off unless set.
   */
  compareHashes: z.strictObject({ secondsPerHost: z.int().nonnegative().max(3600) }).optional(),
})
export type CredentialWishes = z.output<typeof credentialWishes>
