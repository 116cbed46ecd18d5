import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gunzip, zstdDecompress } from 'node:zlib'
import type { FindingOf, Reason } from '@rollcall/contract'
import { chooseFiles, detect, isPacked, type DetectTools } from '@rollcall/discovery'
import { maskedLines } from './masked-lines.ts'
import { walkTree, whyNot, type TreeFile } from './walk-tree.ts'

/** One stored credential in a tree, and its lines where they were asked for: with the value masked. */
export interface TreeCredential {
  readonly finding: FindingOf<'stored-credential'>
  readonly context?: readonly string[]
}

export interface TreeScan {
  /** Files that were read. */
  readonly files: number
  readonly bytes: number
  /** What may hide credentials. */
  readonly reasons: readonly Reason[]
  /** What is worth telling and hides none that are to be expected. */
  readonly notes: readonly Reason[]
}

export interface TreeOptions {
  readonly tools: DetectTools
  readonly signal: AbortSignal
  readonly passes: (path: string) => boolean
  readonly context: boolean
  /** Called for each file in turn. */
  readonly looked: (done: number, of: number) => void
}

/** Finds the credentials in files at and below some paths of this machine, file by file; nothing of a file is kept once it was read. */
export async function* scanTree(
  paths: readonly string[],
  { tools, signal, passes, context, looked }: TreeOptions,
): AsyncGenerator<TreeCredential, TreeScan> {
  const walk = await walkTree(paths, passes, signal)
  const choice = chooseFiles(walk.files)
  const reasons: Reason[] = [...walk.reasons, ...choice.reasons]
  let [done, bytes] = [0, 0]
  for (const { file, maxBytes } of choice.read.toSorted((one, other) => (one.file.path < other.file.path ? -1 : 1))) {
    if (signal.aborted) {
      reasons.push({ code: 'cancelled', count: choice.read.length - done })
      break
    }
    looked(done++, choice.read.length)
    const content = await contentOf(file, maxBytes)
    if (typeof content === 'string') {
      reasons.push({ code: content, path: file.path.slice(0, 4096) })
      continue
    }
    bytes += content.bytes.length
    const { found, cut } = detect(file.path, content.bytes, tools, content.truncated)
    if (content.truncated) reasons.push({ code: 'too-large', path: file.path.slice(0, 4096) })
    if (cut > 0) reasons.push({ code: 'too-many', path: file.path.slice(0, 4096), count: cut })
    for (const [index, { line, at: _at, span: _span, ...detected }] of found.entries())
      yield {
        finding: {
          kind: 'stored-credential',
          ...detected,
          file: { modified: file.modified, mode: octal(file.mode), owner: file.uid, group: file.gid },
          place: { path: file.path.slice(0, 4096), line },
        },
        ...(context ? { context: maskedLines(content.bytes, found, index) } : {}),
      }
  }
  return { files: done, bytes, reasons, notes: choice.notes }
}

const octal = (mode: number) => mode.toString(8).padStart(4, '0')

/** What is in a file, unpacked, at most so many bytes of it; or why not. */
const contentOf = async (
  { path }: TreeFile,
  maxBytes: number,
): Promise<{ bytes: Uint8Array; truncated: boolean } | Reason['code']> => {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    try {
      // It may have become something else since it was listed.
      if (!(await file.stat()).isFile()) return 'not-a-regular-file'
      const buffer = Buffer.allocUnsafe(Math.min((await file.stat()).size, maxBytes) + 1)
      let length = 0
      while (length < buffer.length) {
        const { bytesRead } = await file.read(buffer, length, buffer.length - length, length)
        if (bytesRead === 0) break
        length += bytesRead
      }
      const truncated = length > Math.min(maxBytes, buffer.length - 1)
      const bytes = buffer.subarray(0, Math.min(length, maxBytes))
      return isPacked(path) ? await unpacked(path, bytes, maxBytes) : { bytes, truncated }
    } finally {
      await file.close()
    }
  } catch (error) {
    return whyNot(error)
  }
}

const unpacked = async (path: string, bytes: Uint8Array, maxBytes: number) => {
  const unpack = path.endsWith('.gz')
    ? promisify(gunzip)
    : path.endsWith('.zst')
      ? promisify(zstdDecompress)
      : undefined
  if (unpack === undefined) return 'unsupported'
  try {
    return { bytes: await unpack(bytes, { maxOutputLength: maxBytes }), truncated: false }
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? 'too-large' : 'unparsable'
  }
}
