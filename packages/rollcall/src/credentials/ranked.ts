import { readFile } from 'node:fs/promises'
import type { FindingOf } from '@rollcall/contract'
import { credentialRank, exceptionOf, severityOf, type CredentialException, type Severity } from '@rollcall/inventory'
import { parseDocument } from 'yaml'
import { z } from 'zod'
import { UsageError } from '../usage-error.ts'
import type { TreeCredential } from './scan-tree.ts'

/** A stored credential with how urgent it is, and the exception that holds for it. */
export interface RankedCredential extends TreeCredential {
  readonly rank: number
  readonly severity: Severity
  readonly exception?: { readonly reason: string; readonly expires: string | null }
}

export interface FileException extends CredentialException {
  readonly reason: string
}

/** Ranks a credential, and says whether an exception holds for it now. */
export const ranked = (
  credential: TreeCredential,
  exceptions: readonly FileException[],
  now: Date,
): RankedCredential => {
  const { finding } = credential
  const holding = exceptionOf(exceptions, placeOf(finding), now.toISOString()) as FileException | undefined
  const rank = credentialRank(finding)
  return {
    ...credential,
    rank,
    severity: severityOf(rank),
    ...(holding === undefined ? {} : { exception: { reason: holding.reason, expires: holding.expires } }),
  }
}

const placeOf = (finding: FindingOf<'stored-credential'>) => ({
  id: '',
  host: '',
  path: finding.place.path,
  name: finding.name ?? null,
  account: finding.account ?? null,
  detector: finding.detector,
  digest: finding.digest ?? null,
})

const pattern = z.string().min(1).max(512).optional()
const entry = z
  .strictObject({
    path: pattern,
    name: pattern,
    account: pattern,
    detector: pattern,
    digest: z.string().min(1).max(64).optional(),
    reason: z.string().trim().min(3).max(1000),
    /** A day, up to whose end it holds, or an instant. */
    expires: z.union([z.iso.date(), z.iso.datetime()]).optional(),
  })
  .refine(
    ({ path, name, account, digest }) =>
      digest !== undefined || [path, name, account].some((one) => one !== undefined && /[^*?]/.test(one)),
    'would match everything; name a path, a name, an account or a digest',
  )
  .refine(
    ({ digest, path, name, account, detector }) =>
      digest === undefined || [path, name, account, detector].every((one) => one === undefined),
    'a digest stands alone: it holds wherever the secret lies',
  )

/**
 * Reads exceptions from a file: a list, in YAML or JSON, of what to match (`path`, `name`, `account`, `detector` as patterns, or
 * `digest`), a `reason`, and when it `expires`. Throws UsageError naming the file and the entry.
 */
export const readExceptions = async (file: string): Promise<FileException[]> => {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new UsageError(`The exceptions of ${file} cannot be read.`, { cause: error })
  })
  const document = parseDocument(text)
  const [broken] = document.errors
  if (broken !== undefined) throw new UsageError(`${file}: ${broken.message.split('\n', 1)[0]}`)
  const parsed = z
    .array(entry)
    .max(10_000)
    .safeParse(plain(document) ?? [])
  if (!parsed.success)
    throw new UsageError(
      parsed.error.issues
        .map(
          ({ path, message }) =>
            `${file}: ${path.length === 0 ? 'a list' : `entry ${Number(path[0]) + 1}`}: ${message}`,
        )
        .join('\n'),
    )
  return parsed.data.map(({ reason, expires, digest, ...match }, index) => ({
    id: String(index),
    match: digest === undefined ? { by: 'pattern' as const, ...match } : { by: 'secret' as const, digest },
    reason,
    expires: expires === undefined ? null : expires.includes('T') ? expires : `${expires}T23:59:59.999Z`,
  }))
}

/** Aliases have no use here, and resolving them is how a small file becomes a huge one. */
const plain = (document: ReturnType<typeof parseDocument>): unknown => {
  try {
    return document.toJS({ maxAliasCount: 0 })
  } catch {
    return 'anchors'
  }
}
