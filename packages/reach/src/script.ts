import {
  DEFAULT_MAX_BYTES,
  DEFAULT_MAX_FILES,
  type HostRequest,
  type ReadRequest,
  type RunRequest,
} from '@rollcall/discovery'

/** The marks of one batch. Both are unguessable, and told to the shell on its standard input only. */
export interface BatchMarks {
  /** Begins every frame. Never an argument of a process, so that nobody on the host can see it while it counts. */
  readonly frame: string
  /** Begins every line of stat(1), in whose arguments it is seen: it means nothing elsewhere. */
  readonly stat: string
}

/** A command that has not ended by then is ended, where the host has timeout(1). */
const COMMAND_SECONDS = 20

/** More files than this in one batch are read without their owner, mode and time. */
const MAX_STATED = 4000

/** Any text as one word of a POSIX shell that stands for exactly this text. NUL cannot be part of a word and is left out. */
export const quoted = (text: string): string => `'${text.replaceAll('\0', '').replaceAll("'", String.raw`'\''`)}'`

/**
 * What the shell must be told once, before the first batch. POSIX sh, of which only the functions stay: nothing is written
 * on the host. `$N` begins a frame, `n` counts files, `W` is why something was not read. Frames are collected in `$rc_out`
 * and written before anything is run that may take its time: one write, and so one packet, for many. They are printed by a
 * builtin of the shell, so that no process ever has a mark among its arguments.
 */
export const PREAMBLE = String.raw`exec 2>/dev/null 3>&1
set +eufC
unalias -a
unset CDPATH ENV BASH_ENV GLOBIGNORE
LC_ALL=C
PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH:/usr/local/sbin:/usr/local/bin
export LC_ALL PATH
cd /
rc_print='printf %s' rc_out=
case $KSH_VERSION in *MIRBSD*) rc_print='print -rn --' ;; esac
rc_flush() { $rc_print "$rc_out"; rc_out=; }
rc_m() { rc_out="$rc_out
$N $1
"; }
rc_w() {
rc_m P
rc_out=$rc_out$1
rc_m "W $2"
n=$((n+1))
[ ${'$'}{#rc_out} -lt 8192 ] || rc_flush
}
rc_why() {
W=no-such-file rc_p=$1 rc_hops=0
while :; do
rc_c=$rc_p
if [ -L "$rc_c" ]; then
W=broken-link rc_hops=$((rc_hops+1))
[ $rc_hops -le 16 ] || return 0
rc_t=$(readlink "$rc_c" </dev/null) || return 0
case $rc_t in /*) rc_p=$rc_t ;; ?*) rc_p=${'$'}{rc_c%/*}/$rc_t ;; *) return 0 ;; esac
[ ! -e "$rc_p" ] || return 0
continue
fi
case $rc_p in /?*) rc_p=${'$'}{rc_p%/*} ;; *) return 0 ;; esac
[ -n "$rc_p" ] || rc_p=/
if [ -d "$rc_p" ]; then
if [ ! -x "$rc_p" ]; then W=not-permitted; return 0; fi
for rc_e in "$rc_c"*; do
[ "$rc_e" != "$rc_c" ] || W=io-error
break
done
return 0
fi
[ ! -e "$rc_p" ] || return 0
done
}
rc_l() {
if [ -d "$1" ]; then
[ ! -r "$1" ] || [ ! -x "$1" ] || return 0
W=not-permitted
elif [ -e "$1" ]; then
return 1
else
rc_why "$1"
[ $W != no-such-file ] || return 1
fi
rc_w "$2" $W
return 1
}
rc_f() {
W=
if [ ! -e "$1" ]; then rc_why "$1"
elif [ ! -f "$1" ]; then W=not-a-regular-file
elif [ ! -r "$1" ]; then W=not-permitted
fi
if [ -n "$W" ]; then rc_w "$1" $W; return 1; fi
n=$((n+1))
rc_m P
rc_out=$rc_out$1
rc_m D
if [ $3 != pseudo ] && [ ! -s "$1" ]; then rc_m "C 0"; return 0; fi
rc_s=open
rc_flush
case $3$RC_HEAD in
tail*) { tail -c $2; rc_s=$?; } <"$1" ;;
*head) { head -c $2; rc_s=$?; } <"$1" ;;
pseudo*) { cat; rc_s=$?; } <"$1" ;;
*) { dd bs=4096 count=$(($2/4096+1)); rc_s=$?; } <"$1" ;;
esac
rc_m "C $rc_s"
}
rc_x() {
rc_n=$1
shift
case $1 in
*/*) if [ ! -e "$1" ]; then rc_m "W tool-missing"; return 0; fi
if [ ! -f "$1" ] || [ ! -x "$1" ]; then rc_m "W not-permitted"; return 0; fi ;;
*) command -v "$1" >/dev/null || { rc_m "W tool-missing"; return 0; } ;;
esac
if [ -z "$RC_TIMEOUT" ]; then
RC_TIMEOUT=none
[ "$(timeout 5 echo ok </dev/null)" != ok ] || RC_TIMEOUT=timeout
fi
[ $RC_TIMEOUT = none ] || set -- timeout ${COMMAND_SECONDS} "$@"
rc_m D
rc_flush
if [ $RC_HEAD = head ]; then
rc_s=$({ { "$@" </dev/null 3>&- 4>&-; echo $? >&4; } | head -c $rc_n >&3 4>&-; } 4>&1)
else
"$@" </dev/null 3>&-
rc_s=$?
fi
[ $RC_TIMEOUT = none ] || [ "$rc_s" != 124 ] || rc_s=late
rc_m "C $rc_s"
}
RC_TIMEOUT= RC_HEAD=dd
[ "$(echo ok | head -c 2)" != ok ] || RC_HEAD=head
`

/** The text that makes the shell answer all requests in order, as `readAnswers` reads it. One group: it is parsed whole before any of it runs. */
export const batchScript = (requests: readonly HostRequest[], { frame, stat }: BatchMarks): string =>
  [
    '{',
    `N=${frame}`,
    'set --',
    ...requests.map((request, index) =>
      request.kind === 'read'
        ? read(request, index)
        : request.kind === 'run'
          ? run(request, index)
          : `rc_m 'X ${index}'\nrc_m 'W tool-missing'`,
    ),
    `if [ $# -gt 0 ]; then rc_m T; rc_flush; stat -L -c '${stat} %a %u %g %Y %n' -- "$@" </dev/null; fi`,
    'rc_m E',
    'rc_flush',
    '} </dev/null',
    '',
  ].join('\n')

const run = ({ argv, maxBytes = DEFAULT_MAX_BYTES }: RunRequest, index: number) =>
  `rc_m 'X ${index}'\nrc_x ${count(maxBytes) + 1} ${argv.map(quoted).join(' ')}`

const read = (request: ReadRequest, index: number) => `rc_m 'R ${index}'\nn=0\n${find(request)}`

/** Reads one file, named by a shell word, and remembers it for stat(1) where that is asked for. */
const take = ({ maxBytes = DEFAULT_MAX_BYTES, tail, pseudo, stat }: ReadRequest, word: string) => {
  const reading = `rc_f ${word} ${count(maxBytes) + 1} ${tail === true ? 'tail' : pseudo === true ? 'pseudo' : 'first'}`
  return stat === true ? `if ${reading} && [ $# -lt ${MAX_STATED} ]; then set -- "$@" ${word}; fi` : reading
}

const find = (request: ReadRequest): string => {
  const { pattern } = request
  if (pattern.includes('\0')) return `rc_w ${quoted(pattern)} no-such-file`
  if (!/[*?[]/.test(pattern)) return take(request, quoted(pattern))
  if (pattern.length > LONGEST_KEPT) return search(request)
  const key = JSON.stringify([pattern, request.maxBytes, request.maxFiles, request.tail, request.stat, request.pseudo])
  const known = SEARCHES.get(key)
  if (known !== undefined) return known
  const text = search(request)
  if (SEARCHES.size >= MOST_KEPT) SEARCHES.clear()
  SEARCHES.set(key, text)
  return text
}

/** Hosts are asked for the same patterns, one after the other. */
const SEARCHES = new Map<string, string>()
const MOST_KEPT = 512
const LONGEST_KEPT = 256

const search = (request: ReadRequest): string => {
  const { pattern } = request
  const segments = pattern.split('/').map((segment): Segment => ({ text: segment, glob: globWord(segment) }))
  if (segments.every(({ glob }) => glob === undefined)) return take(request, quoted(pattern))
  return [...expand(request, '', segments, 1), `if [ $n -eq 0 ]; then rc_w ${quoted(pattern)} no-such-file; fi`].join(
    '\n',
  )
}

/** A part of a pattern between slashes; `glob` is its shell word when it matches more than itself. */
interface Segment {
  readonly text: string
  readonly glob: string | undefined
}

/**
 * One loop for each segment with wildcards. The shell's own expansion of a longer pattern would leave out silently what
 * lies in a folder that may not be searched or listed.
 */
const expand = (request: ReadRequest, base: string, segments: readonly Segment[], depth: number): string[] => {
  const most = count(request.maxFiles ?? DEFAULT_MAX_FILES)
  const at = segments.findIndex(({ glob }) => glob !== undefined)
  const folderText = textOf(segments.slice(0, at))
  const folder = `${base}${folderText === '' ? '' : quoted(folderText)}`
  const rest = segments.slice(at + 1)
  const entry = `rc_a${depth}`
  const named = `"$${entry}"`
  const tooMany = `if [ $n -ge ${most} ]; then rc_w ${quoted(request.pattern)} too-many; n=${most + 1}; break; fi`
  const inner =
    rest.length === 0
      ? [`if [ -d ${named} ]; then continue; fi`, tooMany, take(request, named)]
      : [
          `if [ ! -d ${named} ]; then`,
          `if [ ! -e ${named} ]; then rc_why ${named}; case $W in not-permitted|io-error) rc_w ${named}${quoted(`/${textOf(rest)}`)} $W ;; esac; fi`,
          'continue; fi',
          ...below(request, named, rest, depth, tooMany),
        ]
  const wild = segments[at]!
  const slash = at === 0 && base === '' ? '' : '/'
  return [
    `if rc_l ${folder === '' ? "'/'" : folder} ${folder}${quoted(`${slash}${textOf([wild, ...rest])}`)}; then`,
    `for ${entry} in ${folder}${slash}${wild.glob}; do`,
    `if [ $n -gt ${most} ]; then break; fi`,
    `if [ ${named} = ${folder}${quoted(`${slash}${wild.text}`)} ] && [ ! -e ${named} ] && [ ! -L ${named} ]; then continue; fi`,
    ...inner,
    'done',
    'fi',
  ]
}

const below = (
  request: ReadRequest,
  named: string,
  rest: readonly Segment[],
  depth: number,
  tooMany: string,
): string[] => {
  if (rest.some(({ glob }) => glob !== undefined))
    return expand(request, named, [{ text: '', glob: undefined }, ...rest], depth + 1)
  const file = `${named}${quoted(`/${textOf(rest)}`)}`
  return [
    `if [ -e ${file} ] || [ -L ${file} ]; then`,
    tooMany,
    take(request, file),
    'else',
    `rc_why ${file}`,
    `if [ $W != no-such-file ]; then`,
    tooMany,
    `rc_w ${file} $W`,
    'fi',
    'fi',
  ]
}

const textOf = (segments: readonly Segment[]) => segments.map(({ text }) => text).join('/')

/** A segment as a shell word in which only its wildcards are unquoted; undefined when it has none. */
const globWord = (segment: string): string | undefined => {
  let wild = false
  const word = segment.replaceAll(
    /[*?]|\[(!?)(\]?(?:\[:[a-z]+:\]|[^\]])*)\]|./gsu,
    (part, negated = '', members = '') => {
      if (part === '*' || part === '?' || members !== '') wild = true
      if (part === '*' || part === '?') return part
      return members === '' ? literal(part) : `[${negated}${members.replaceAll(/\[:[a-z]+:\]|./gsu, bracketMember)}]`
    },
  )
  return wild ? word : undefined
}

const literal = (text: string) => (/^[A-Za-z0-9._]*$/.test(text) ? text : quoted(text))

/** In brackets only ranges and classes keep their meaning. */
const bracketMember = (part: string) => (part === '-' || /^\[:[a-z]+:\]$/.test(part) ? part : literal(part))

/** A limit as whole decimal digits, small enough for the arithmetic of any shell. */
const count = (limit: number) => Math.max(0, Math.min(Math.floor(limit) || 0, 1_073_741_824))
