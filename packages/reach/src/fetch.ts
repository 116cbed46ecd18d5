import { Buffer } from 'node:buffer'
import type { FetchRequest, HostAnswer, HostFile, Unread } from '@rollcall/discovery'
import { hostPath } from './found.ts'
import { quoted } from './shell-word.ts'

/** So long one archive may take. */
const FETCH_SECONDS = 20

/**
 * What the shell must be told before the first batch that fetches files. tar(1) says of each file how long it is, so that nothing in
 * a file can be taken for another, opens what is a regular file only, and follows no link. Where there is none, files are read
 * one by one. Where it complains, what it left out is looked at afterwards, for why.
 */
export const FETCH_PREAMBLE = String.raw`RC_TAR=
unset TAR_OPTIONS
rc_a() {
rc_b=$1 n=0
shift
[ -n "$RC_TAR" ] || { RC_TAR=none; [ $RC_HEAD != head ] || ! command -v tar >/dev/null || RC_TAR=tar; }
rc_t
if [ $RC_TAR = none ]; then
for rc_q do
if [ -L "/$rc_q" ]; then rc_w "/$rc_q" not-a-regular-file; else rc_f "/$rc_q" $rc_b first; fi
done
return 0
fi
rc_m D
rc_flush
rc_l='timeout ${FETCH_SECONDS}'
[ $RC_TIMEOUT != none ] || rc_l=
rc_s=$({ { $rc_l tar cf - -- "$@" </dev/null 3>&- 4>&-; echo $? >&4; } | head -c $rc_b >&3 4>&-; } 4>&1)
rc_m C
[ "$rc_s" != 0 ] || return 0
for rc_q do
[ ! -f "/$rc_q" ] || [ ! -r "/$rc_q" ] || continue
rc_p=/$rc_q W=
if [ ! -e "$rc_p" ]; then rc_why "$rc_p"; elif [ ! -f "$rc_p" ]; then W=not-a-regular-file; else W=not-permitted; fi
rc_w "/$rc_q" $W
done
}
`

/** The text that makes the shell answer one fetch. Paths are named from the root folder, in which the shell is. */
export const fetchScript = (request: FetchRequest, index: number): string[] => [
  `rc_m 'A ${index}'`,
  `rc_a ${archiveBytes(request) + 1} ${pathsOf(request)
    .map((path) => quoted(path.slice(1)))
    .join(' ')}`,
]

/** Only absolute paths are files of a host; the others are absent. */
const pathsOf = ({ paths }: FetchRequest) => paths.filter((path) => /^\/[^/\0]/.test(path) && !path.includes('\0'))

const BLOCK = 512

/** What the archive of all files may take: for each a header, perhaps its name once more, and the rest of a block. */
export const archiveBytes = ({ paths, maxBytes }: FetchRequest): number =>
  Math.max(0, Math.min(Math.floor(maxBytes) || 0, MOST_BYTES)) +
  paths.reduce((sum, path) => sum + 2 * BLOCK + (path.length < 96 ? 0 : 2 * BLOCK + 4 * path.length), 0) +
  20 * BLOCK

const MOST_BYTES = 256 * 1024 * 1024

/** The answer to a fetch: what the archive has, what was read one by one, and else why it was not read. */
export const fetchedFiles = (
  { paths }: FetchRequest,
  archive: { readonly bytes: Uint8Array; readonly cut: boolean } | undefined,
  others: readonly HostFile[],
  silence: Unread | undefined,
): HostAnswer => {
  const archived = archive === undefined ? new Map<string, Archived>() : readArchive(archive.bytes)
  const known = new Map(others.map((file) => [file.path, file]))
  // What the archive lacks though it could be read: it was cut off, or the file came and went.
  const lost: Unread = silence ?? (archive?.cut === true ? 'too-large' : 'io-error')
  return {
    kind: 'fetch',
    files: paths.map((path): HostFile => {
      const found = archived.get(path)
      if (found instanceof Uint8Array) return { path, state: 'read', bytes: found, truncated: false }
      if (found === 'irregular') return { path, state: 'unread', why: 'not-a-regular-file' }
      return known.get(path) ?? { path, state: 'unread', why: lost }
    }),
  }
}

type Archived = Uint8Array | 'irregular'

/**
 * Reads an archive as tar(1) writes it: POSIX ustar, with long names as GNU (`L`) or POSIX (`x`) have them. By absolute path; a file
 * that is cut off is not there. Linear in the bytes.
 */
export const readArchive = (archive: Uint8Array): Map<string, Archived> => {
  const bytes = Buffer.from(archive.buffer, archive.byteOffset, archive.byteLength)
  const files = new Map<string, Archived>()
  let longName: Buffer | undefined
  let longLink: Buffer | undefined
  for (let at = 0; at + BLOCK <= bytes.length;) {
    const header = bytes.subarray(at, at + BLOCK)
    const size = sizeOf(header)
    // Two empty blocks end it.
    if (header[0] === 0 || size === undefined) break
    const content = bytes.subarray(at + BLOCK, at + BLOCK + size)
    if (content.length < size) break
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK
    const type = header[156]
    if (type === LONG_NAME) longName = untilNul(content)
    else if (type === LONG_LINK) longLink = untilNul(content)
    else if (type === POSIX_RECORDS) longName = pathRecord(content) ?? longName
    else if (type !== GLOBAL_RECORDS) {
      const path = absolute(longName ?? nameIn(header))
      const earlier = absolute(longLink ?? untilNul(header.subarray(157, 257)))
      longName = undefined
      longLink = undefined
      if (type === REGULAR || type === 0) files.set(path, content)
      else if (type !== HARD_LINK) files.set(path, 'irregular')
      // A further name of a file that is in the archive already.
      else if (files.has(earlier)) files.set(path, files.get(earlier)!)
    }
  }
  return files
}

const [REGULAR, HARD_LINK, LONG_NAME, LONG_LINK, POSIX_RECORDS, GLOBAL_RECORDS] = ['0', '1', 'L', 'K', 'x', 'g'].map(
  (letter) => letter.charCodeAt(0),
)

/** Octal digits, or with the first bit set a number of base 256. */
const sizeOf = (header: Buffer): number | undefined => {
  const field = header.subarray(124, 136)
  if ((field[0]! & 0x80) !== 0) {
    const size = field.readUIntBE(6, 6)
    return field.subarray(1, 6).every((byte) => byte === 0) ? size : undefined
  }
  const digits = field.toString('latin1').replaceAll(/[\0 ]/g, '')
  return /^[0-7]{1,12}$/.test(digits) ? Number.parseInt(digits, 8) : undefined
}

const nameIn = (header: Buffer): Buffer => {
  const name = untilNul(header.subarray(0, 100))
  const isPosix = header.toString('latin1', 257, 263) === 'ustar\0'
  const prefix = isPosix ? untilNul(header.subarray(345, 500)) : NOTHING
  return prefix.length === 0 ? name : Buffer.concat([prefix, SLASH, name])
}

const NOTHING = Buffer.alloc(0)
const SLASH = Buffer.from('/')

const untilNul = (bytes: Buffer): Buffer => {
  const end = bytes.indexOf(0)
  return end < 0 ? bytes : bytes.subarray(0, end)
}

/** `length key=value` and a newline, in bytes. */
const pathRecord = (content: Buffer): Buffer | undefined => {
  for (let at = 0; at < content.length;) {
    const space = content.indexOf(0x20, at)
    const length = Number(content.toString('latin1', at, Math.min(space, at + 12)))
    if (space < 0 || !Number.isInteger(length) || length <= space - at) return undefined
    const record = content.subarray(space + 1, at + length - 1)
    if (record.subarray(0, 5).toString('latin1') === 'path=') return record.subarray(5)
    at += length
  }
  return undefined
}

const absolute = (name: Buffer): string => `/${hostPath(name).replace(/^(?:\.?\/)+/, '')}`
