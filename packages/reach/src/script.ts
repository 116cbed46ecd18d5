import {
  DEFAULT_MAX_BYTES,
  DEFAULT_MAX_FILES,
  type HostRequest,
  type ReadRequest,
  type RunRequest,
} from '@rollcall/discovery'
import { FETCH_PREAMBLE, fetchScript } from './fetch.ts'
import { quoted, wanted } from './shell-word.ts'
import type { SudoList } from './sudo-list.ts'
import {
  findArguments,
  LINE_MEMORY,
  startsOf,
  walksOf,
  searchArguments,
  type FindArgument,
  type FindDialect,
  type Walk,
} from './walk.ts'

/** The marks of one batch. Both are unguessable, and told to the shell on its standard input only. */
export interface BatchMarks {
  /** Begins every frame. Never an argument of a process, so that nobody on the host can see it while it counts. */
  readonly frame: string
  /** Begins every line of stat(1), in whose arguments it is seen: it means nothing elsewhere. */
  readonly stat: string
}

/** A command that has not ended by then is ended, where the host has timeout(1). */
const COMMAND_SECONDS = 20

/** A search that has not ended by then is ended, and what it found is kept. Shorter than the silence that ends a connection. */
const SEARCH_SECONDS = 20

/** What programs and searches say is held back so long at most, beyond what the last of them takes: together shorter than that silence. */
const JOINED_SECONDS = 5

/** So long one file may be unpacked and searched for lines. */
const FILTER_SECONDS = 5

/** More files than this in one batch are read without their owner, mode and time. */
const MAX_STATED = 4000

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
rc_r() { rc_m "R $1"; n=0 rc_pat=$2 rc_max=$3; }
rc_l() {
rc_d=${'$'}{1:-/}
if [ -d "$rc_d" ]; then
[ ! -r "$rc_d" ] || [ ! -x "$rc_d" ] || return 0
W=not-permitted
elif [ -e "$rc_d" ]; then
return 1
else
rc_why "$rc_d"
[ $W != no-such-file ] || return 1
fi
rc_w "$1${'$'}{2-${'$'}{rc_pat#"$1"}}" $W
return 1
}
rc_e() { [ $n -gt 0 ] || rc_w "$rc_pat" no-such-file; }
rc_i() {
[ -d "$1" ] && return 0
[ ! -e "$1" ] && [ "${'$'}{1##*/}" != "$3" ] || return 1
rc_why "$1"
case $W in not-permitted|io-error) rc_w "$1$2" $W ;; esac
return 1
}
rc_j() {
if [ ! -e "$1" ]; then
[ -L "$1" ] || [ "${'$'}{1##*/}" != "$2" ] || return 1
elif [ -z "$3" ] && [ -d "$1" ]; then
return 1
fi
rc_many
}
rc_many() {
[ $n -ge $rc_max ] || return 0
rc_w "$rc_pat" too-many
n=$((rc_max+1))
return 1
}
rc_h() {
[ ! -e "$1" ] && [ ! -L "$1" ] || return 0
rc_why "$1"
return 1
}
rc_there() {
! rc_h "$1" || return 0
[ $W = no-such-file ] || rc_w "$1" $W
return 1
}
rc_o() {
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
}
rc_f() {
rc_o "$1" || return 1
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
rc_t
[ $RC_TIMEOUT = none ] || set -- timeout ${COMMAND_SECONDS} "$@"
rc_m D
rc_flush
if [ -n "$rc_g" ]; then
rc_s=$({ { "$@" </dev/null 3>&- 4>&-; echo $? >&4; } | rc_grep | rc_first $rc_n >&3 4>&-; } 4>&1)
elif [ $RC_HEAD = head ]; then
rc_s=$({ { "$@" </dev/null 3>&- 4>&-; echo $? >&4; } | head -c $rc_n >&3 4>&-; } 4>&1)
else
"$@" </dev/null 3>&- 4>&-
rc_s=$?
fi
[ $RC_TIMEOUT = none ] || case $rc_s in 124|143|271) rc_s=late ;; esac
rc_m "C $rc_s"
}
rc_t() {
[ -z "$RC_TIMEOUT" ] || return 0
RC_TIMEOUT=none
[ "$(timeout 5 echo ok </dev/null)" != ok ] || RC_TIMEOUT=timeout
}
rc_clock() { read -r rc_now rc_e </proc/uptime; rc_now=${'$'}{rc_now%%.*}; }
rc_all() {
rc_at=0
while [ $rc_at -lt $1 ]; do
if [ -n "$RC_CLOCK" ] && [ $RC_TIMEOUT != none ]; then
rc_at=$({ { rc_some $1; echo $rc_at >&4; } 3>&1 | $RC_JOIN >&3 4>&-; } 4>&1)
case $rc_at in ''|*[!0-9]*) return 1 ;; esac
else
rc_item
rc_at=$((rc_at+1))
fi
done
}
rc_some() {
rc_clock
rc_since=$rc_now
while [ $rc_at -lt $1 ]; do
rc_item
rc_at=$((rc_at+1))
rc_clock
[ $((rc_now-rc_since)) -lt ${JOINED_SECONDS} ] || break
done
rc_flush
}
RC_TIMEOUT= RC_HEAD=dd RC_JOIN=cat RC_CLOCK= rc_g=
[ "$(echo ok | head -c 2)" != ok ] || RC_HEAD=head
if [ "$(echo ok | dd ibs=65536 obs=32768)" = ok ]; then
RC_JOIN='dd ibs=65536 obs=32768'
rc_clock
case $rc_now in ''|*[!0-9]*) ;; *) RC_CLOCK=yes ;; esac
fi
`

/**
 * What the shell must be told besides, before the first batch that filters. The texts to look for are in `$rc_g`, words of a
 * shell; lines are looked for as bytes (a grep(1) that takes NUL for the end of a line is not shown it), and a file without line ends takes no more memory than allowed.
 */
const FILTER_PREAMBLE = String.raw`RC_GREP="tr '\\000' ' ' | grep -F"
[ "$(printf 'x\000ok\n' | grep -acF ok)" != 1 ] || RC_GREP='grep -aF'
rc_grep() { ulimit -v ${LINE_MEMORY}; eval "$RC_GREP $rc_g"; }
rc_first() { if [ $RC_HEAD = head ]; then head -c $1; else cat; fi; }
rc_unpack() {
case $1 in
unpack*.gz) rc_u='gzip -dc' ;;
unpack*.xz) rc_u='xz -dc' ;;
unpack*.bz2) rc_u='bzip2 -dc' ;;
unpack*.zst) rc_u='zstd -dc' ;;
*) rc_u= ;;
esac
}
rc_k() {
rc_unpack "$4$1"
if [ -z "$rc_u$rc_g" ]; then rc_f "$1" $2 $3; return $?; fi
if [ -n "$rc_u" ] && [ -r "$1" ] && ! command -v ${'$'}{rc_u%% *} >/dev/null; then rc_w "$1" tool-missing; return 1; fi
rc_o "$1" || return 1
if [ $3 != pseudo ] && [ ! -s "$1" ]; then rc_m "C 0"; return 0; fi
rc_t
rc_flush
[ $RC_TIMEOUT = none ] || rc_u="timeout ${FILTER_SECONDS} ${'$'}{rc_u:-cat}"
case $3 in tail) rc_c="tail -c $2" ;; *) rc_c="rc_first $2" ;; esac
rc_s=$({ { ${'$'}{rc_u:-cat} 3>&- 4>&-; echo u$? >&4; } | { if [ -n "$rc_g" ]; then rc_grep 3>&- 4>&-; else cat; fi; echo g$? >&4; } | $rc_c >&3; } <"$1" 4>&1)
case $rc_s in
'') rc_s=open ;;
*u124*|*u143*|*u271*|*g2*|*g137*) rc_s=cut ;;
*u0*|*u2*|*u141*|*u269*) rc_s=0 ;;
*) rc_s=io ;;
esac
rc_m "C $rc_s"
}
`

/**
 * What the shell must be told besides, before the first batch that searches. `$RC_FIND` is the dialect of find(1), and `$RC_REC`
 * writes the record of each of its arguments where find(1) itself cannot.
 */
const SEARCH_PREAMBLE = String.raw`RC_FIND= RC_GNU= RC_REC=
rc_calm() {
[ -z "$RC_FIND" ] || return 0
RC_FIND=none
rc_t
renice -n 19 -p $$ >/dev/null
ionice -c 3 -p $$ >/dev/null || ionice -c 2 -n 7 -p $$ >/dev/null
if [ "$(find / -prune -printf x)" = x ]; then RC_FIND=printf
elif [ "$(find / -prune -exec echo ok {} +)" = "ok /" ]; then rc_rec; fi
}
rc_rec() {
RC_FIND=stat
if [ -n "$(stat -c %f /)" ]; then RC_REC='[ $# -eq 0 ] || stat -c "$k=%f %u %g %s %Y${'$'}{t:+;%i:%Z} %n" "$@"'
elif [ -n "$(stat -f %Xp /)" ]; then RC_REC='[ $# -eq 0 ] || stat -f "$k=%Xp %u %g %z %m${'$'}{t:+;%i:%c} %N" "$@"'
elif [ "$(perl -e 'print 7')" = 7 ]; then
RC_REC='perl -e "for(@ARGV[1..\$#ARGV]){@s=lstat(\$_) or next;printf qq(%s=%x %d %d %d %d %s\n),\$ARGV[0],@s[2,4,5,7,9],\$_}" $k "$@"'
else RC_FIND=none; fi
}
rc_exact() {
[ $RC_FIND = printf ] && [ -z "$RC_GNU" ] || return 0
RC_GNU=yes
[ "$(stat --printf=y /; echo z | grep -lFZ z | xargs -0 -r echo)" = 'y(standard input)' ] || { RC_GNU=no; rc_rec; }
}
rc_d() {
rc_l=$1 rc_b=$2
rc_m "D $3"
shift 3
[ $RC_TIMEOUT = none ] || set -- timeout ${SEARCH_SECONDS} "$@"
rc_flush
rc_e=$({ { "$@" </dev/null 2>&4 3>&- 4>&-; echo "=$?" >&4; } | head -n $rc_l | rc_most >&3; } 4>&1 | sed -n '1,200p;$p')
rc_m M
rc_out=$rc_out$rc_e
rc_m C
}
rc_most() { if [ $RC_HEAD = head ]; then head -c $rc_b; else cat; fi; }
`

/**
 * What the shell must be told besides where sudo lets it run a list of commands. `$rc_cat` is the cat(1) that may read a file
 * which the account may not, after a question mark where sudo is asked first whether it may. Whether the file is regular cannot be
 * seen; sudo ends what takes too long.
 */
const LISTED_PREAMBLE = String.raw`rc_v() {
if [ -r "$1" ]; then rc_k "$@"; return $?; fi
W=
if [ ! -e "$1" ]; then rc_why "$1"; elif [ ! -f "$1" ]; then W=not-a-regular-file; else W=not-permitted; fi
if [ $W != not-permitted ]; then rc_w "$1" $W; return 1; fi
case $rc_cat in
'?'*) rc_cat=${'$'}{rc_cat#?}
if ! sudo -n -l "$rc_cat" "$1" </dev/null >/dev/null; then rc_w "$1" $W; rc_cat="?$rc_cat"; return 1; fi
rc_y "$@"
rc_cat="?$rc_cat" ;;
*) rc_y "$@" ;;
esac
}
rc_y() {
n=$((n+1))
rc_m P
rc_out=$rc_out$1
rc_m D
rc_t
rc_flush
rc_unpack "$4$1"
[ $RC_TIMEOUT = none ] || [ -z "$rc_u" ] || rc_u="timeout ${FILTER_SECONDS} $rc_u"
case $3 in tail) rc_c="tail -c $2" ;; *) rc_c="rc_first $2" ;; esac
rc_s=$({ { sudo -n "$rc_cat" "$1" </dev/null 2>&4 3>&-; echo s$? >&4; } | { ${'$'}{rc_u:-cat} 3>&- 4>&-; echo u$? >&4; } | { if [ -n "$rc_g" ]; then rc_grep 3>&- 4>&-; else cat; fi; echo g$? >&4; } | $rc_c >&3; } 4>&1)
case $rc_s in
*"No such file or directory"*) rc_s=absent ;;
*"Is a directory"*) rc_s=irregular ;;
*u124*|*u143*|*u271*|*g2*|*g137*) rc_s=cut ;;
*s0*|*s141*|*s269*) rc_s=0 ;;
*denied*|*"not allowed"*|*password*) rc_s=open ;;
*) rc_s=io ;;
esac
rc_m "C $rc_s"
}
rc_z() { if [ -e "$2" ]; then rc_n=$1; shift; rc_x $rc_n sudo -n "$@"; else rc_m "W tool-missing"; fi; }
`

/** What the shell has to be told before it understands a batch, each part once. `told` remembers them. */
export const preambleOf = (requests: readonly HostRequest[], told: Set<string>, sudo?: SudoList): string =>
  [
    PREAMBLE,
    ...(sudo === undefined ? [] : [FILTER_PREAMBLE, LISTED_PREAMBLE]),
    ...(requests.some(filters) ? [FILTER_PREAMBLE] : []),
    ...(requests.some(({ kind }) => kind === 'find') ? [SEARCH_PREAMBLE] : []),
    ...(requests.some(({ kind }) => kind === 'fetch') ? [FETCH_PREAMBLE] : []),
  ]
    .filter((part) => !told.has(part) && told.add(part))
    .join('')

const filters = (request: HostRequest) =>
  (request.kind === 'read' || request.kind === 'run') &&
  (request.matching !== undefined || (request.kind === 'read' && request.unpack === true))

/**
 * The text that makes the shell answer all requests, as `readAnswers` reads it: files first, then programs, then searches. One
 * group: it is parsed whole before any of it runs. What files, programs and searches say is joined on the host, so that hundreds of
 * small answers come in a few packets: each packet costs both ends more than the bytes in it. Programs and searches may take their
 * time, so what they said travels when some seconds have gone; where the shell cannot tell the time, at once.
 */
export const batchScript = (requests: readonly HostRequest[], { frame, stat }: BatchMarks, sudo?: SudoList): string =>
  `{\nN=${frame}\nS=${stat}\n${sudo === undefined ? knownBody(requests) : body(requests, sudo)}`

const knownBody = (requests: readonly HostRequest[]): string => {
  const known = BODIES.get(requests)
  if (known !== undefined) return known
  const text = body(requests, undefined)
  BODIES.set(requests, text)
  return text
}

/** Many hosts are asked the very same. */
const BODIES = new WeakMap<readonly HostRequest[], string>()

const body = (requests: readonly HostRequest[], sudo: SudoList | undefined): string =>
  [
    ...reads(requests, sudo),
    ...inTurn(
      ['rc_t'],
      requests.flatMap((request, index) => (request.kind === 'run' ? [run(request, index, sudo)] : [])),
    ),
    ...inTurn(['rc_calm', ...(requests.some(looksInside) ? ['rc_exact'] : [])], walksOf(requests, sudo).map(walk)),
    ...requests.flatMap((request, index) => (request.kind === 'fetch' ? fetchScript(request, index) : [])),
    'rc_m E',
    'rc_flush',
    '} </dev/null',
    '',
  ].join('\n')

const looksInside = (request: HostRequest) => request.kind === 'find' && request.where?.containing !== undefined

/** Does one thing after the other. What they all need to know is learnt before, since each may be done by a process of its own. */
const inTurn = (before: readonly string[], items: readonly (readonly string[])[]): string[] =>
  items.length === 0
    ? []
    : [
        ...before,
        'rc_item() {',
        'case $rc_at in',
        ...items.flatMap((lines, index) => [`${index})`, ...lines, ';;']),
        'esac',
        '}',
        'rc_flush',
        `rc_all ${items.length}`,
      ]

const reads = (requests: readonly HostRequest[], sudo: SudoList | undefined): string[] => {
  const lines = readLines(requests, sudo)
  if (lines.length === 0) return []
  return [
    // What the group learns it forgets: it is a process of its own.
    ...(sudo !== undefined || requests.some((request) => request.kind === 'read' && filters(request)) ? ['rc_t'] : []),
    '{',
    'set --',
    ...lines,
    `if [ $# -gt 0 ]; then rc_m T; rc_flush; stat -L -c "$S %a %u %g %Y %n" -- "$@" </dev/null; fi`,
    'rc_flush',
    '} 3>&1 | $RC_JOIN',
  ]
}

/** Files that are named outright and read alike, one after the other, share a loop: their names are most of what is said. */
const readLines = (requests: readonly HostRequest[], sudo: SudoList | undefined): string[] => {
  const lines: string[] = []
  let alike: ReadRequest | undefined
  let names: string[] = []
  const end = () => {
    if (alike !== undefined)
      lines.push(
        `for rc_q in ${names.join(' ')}; do`,
        'rc_m "R ${rc_q%% *}"',
        'n=0 rc_q=${rc_q#* }',
        take(alike, '"$rc_q"'),
        'done',
      )
    alike = undefined
    names = []
  }
  for (const [index, request] of requests.entries()) {
    if (request.kind !== 'read') continue
    if (sudo !== undefined || request.matching !== undefined || !isOutright(request.pattern)) {
      end()
      lines.push(...read(request, index, sudo))
      continue
    }
    if (alike === undefined || !readAlike(alike, request)) end()
    alike ??= request
    names.push(quoted(`${index} ${request.pattern}`))
  }
  end()
  return lines
}

/** A path that stands for itself alone. */
const isOutright = (pattern: string) => !WILD.test(pattern)

// oxlint-disable-next-line no-control-regex -- a path with NUL is none
const WILD = /[*?[\0]/

const readAlike = (one: ReadRequest, other: ReadRequest) =>
  one.maxBytes === other.maxBytes &&
  one.tail === other.tail &&
  one.pseudo === other.pseudo &&
  one.stat === other.stat &&
  one.unpack === other.unpack

const run = ({ argv, maxBytes = DEFAULT_MAX_BYTES, matching }: RunRequest, index: number, sudo?: SudoList) => {
  const program = sudo?.allowed(argv)
  const most = count(maxBytes) + 1
  const running =
    program === undefined
      ? `rc_x ${most} ${argv.map(quoted).join(' ')}`
      : `rc_z ${most} ${[program, ...argv.slice(1)].map(quoted).join(' ')}`
  return filtered(matching, [`rc_m 'X ${index}'`, running])
}

const read = (request: ReadRequest, index: number, sudo?: SudoList) => {
  const cat = sudo === undefined ? undefined : catOf(request.pattern, sudo)
  const reading =
    cat === undefined ? [find(request)] : [`rc_cat=${quoted(cat)}`, searchListed(request, sudo!), 'rc_cat=']
  const most = count(request.maxFiles ?? DEFAULT_MAX_FILES)
  return filtered(request.matching, [
    isOutright(request.pattern) ? `rc_m 'R ${index}'; n=0` : `rc_r ${index} ${quoted(request.pattern)} ${most}`,
    ...reading,
  ])
}

/** The cat(1) that may read a file, after a question mark where that depends on what it is called. */
const catOf = (pattern: string, sudo: SudoList): string | undefined => {
  const exact = sudo.allowed(['cat', pattern])
  if (exact !== undefined) return exact
  const perhaps = sudo.perhaps('cat')
  return perhaps === undefined ? undefined : `?${perhaps}`
}

const filtered = (matching: readonly string[] | undefined, lines: readonly string[]) =>
  matching === undefined
    ? lines
    : [`rc_g=${quoted(matching.length === 0 ? '-c -e x >/dev/null' : wanted(matching))}`, ...lines, 'rc_g=']

const walk = (one: Walk, index: number): string[] => {
  const finding = (letter: string, words: string) => `rc_d ${one.records + 1} ${one.bytes} ${letter} ${words}`
  const usual = (dialect: FindDialect) => `find "$@" ${findArguments(one, dialect).map(argument).join(' ')}`
  const begun = [`rc_m 'F ${index}'`, 'set --', 'n=0']
  if (one.asRoot !== undefined)
    return [
      ...begun,
      // The record format is GNU's; sudo lists the argv of that one only.
      finding('n', ['sudo', '-n', one.asRoot, ...searchArguments(one.searches[0]!)].map(quoted).join(' ')),
    ]
  return [
    ...begun,
    ...starts(startsOf(one.searches[0]!)),
    'if [ $# -gt 0 ]; then',
    'case $RC_FIND in',
    `printf) ${finding('n', usual('printf'))} ;;`,
    `stat) ${finding('l', usual('stat'))} ;;`,
    `*) rc_m 'W tool-missing' ;;`,
    'esac',
    'fi',
  ]
}

const argument = (given: FindArgument) =>
  typeof given === 'string' ? quoted(given) : `${quoted(given.program)}"$RC_REC"`

/** Remembers where a walk begins, or says why it cannot begin there. What does not exist is passed over. */
const starts = (patterns: readonly string[]): string[] => {
  const [outright, wild] = [patterns.filter(isOutright), patterns.filter((pattern) => !isOutright(pattern))]
  const taking = (word: string) => `! rc_there ${word} || { set -- "$@" ${word}; n=$((n+1)); }`
  return [
    ...(outright.length === 0 ? [] : [`for rc_q in ${outright.map(quoted).join(' ')}; do`, taking('"$rc_q"'), 'done']),
    ...wild.flatMap((pattern) => {
      const segments = segmentsOf(pattern)
      return segments.every(({ glob }) => glob === undefined)
        ? [taking(quoted(pattern))]
        : [
            `rc_pat=${quoted(pattern)} rc_max=${DEFAULT_MAX_FILES}`,
            ...expand({ taking, folders: true, listed: false }, '', segments, 1),
          ]
    }),
  ]
}

/** Reads one file, named by a shell word, and remembers it for stat(1) where that is asked for. */
const take = (request: ReadRequest, word: string, listed = false) => {
  const { maxBytes = DEFAULT_MAX_BYTES, tail, pseudo, stat, unpack } = request
  const how = tail === true ? 'tail' : pseudo === true ? 'pseudo' : 'first'
  const given = `${word} ${count(maxBytes) + 1} ${how}`
  const reading =
    listed || filters(request)
      ? `${listed ? 'rc_v' : 'rc_k'} ${given} ${unpack === true ? 'unpack' : 'plain'}`
      : `rc_f ${given}`
  return stat === true ? `if ${reading} && [ $# -lt ${MAX_STATED} ]; then set -- "$@" ${word}; fi` : reading
}

const find = (request: ReadRequest): string => {
  const { pattern } = request
  if (pattern.includes('\0')) return `rc_w ${quoted(pattern)} no-such-file`
  if (isOutright(pattern)) return take(request, quoted(pattern))
  if (pattern.length > LONGEST_KEPT) return search(request)
  const key = JSON.stringify([
    pattern,
    request.maxBytes,
    request.maxFiles,
    request.tail,
    request.stat,
    request.pseudo,
    request.unpack,
    request.matching !== undefined,
  ])
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

/** The same where sudo may let cat(1) read what the account may not, and find(1) list a folder that it may not list. */
const searchListed = (request: ReadRequest, sudo: SudoList): string => {
  const { pattern } = request
  const segments = segmentsOf(pattern)
  const folder = textOf(segments.slice(0, -1))
  const name = segments.at(-1)!
  const wildFolder = segments.slice(0, -1).some(({ glob }) => glob !== undefined)
  const lister = wildFolder || name.glob === undefined ? undefined : sudo.allowed(['find', ...listArguments(folder)])
  const usual = search(request, true)
  if (lister === undefined) return usual
  const word = quoted(folder)
  return [
    `if [ -e ${word} ] && { [ ! -r ${word} ] || [ ! -x ${word} ]; }; then`,
    `if rc_e=$(sudo -n ${[lister, ...listArguments(folder)].map(quoted).join(' ')} </dev/null); then`,
    'rc_i=$IFS; set -f',
    `IFS='\n'`,
    'for rc_a1 in $rc_e; do',
    'IFS=$rc_i; set +f',
    `case \${rc_a1##*/} in ${name.glob!.startsWith('.') ? '' : '.*) continue ;; '}${name.glob}) ;; *) continue ;; esac`,
    'rc_many || break',
    take(request, '"$rc_a1"', true),
    'done',
    'IFS=$rc_i; set +f',
    'rc_e',
    'else rc_w "$rc_pat" not-permitted; fi',
    'else',
    usual,
    'fi',
  ].join('\n')
}

/** How find(1) lists one folder as root. */
export const listArguments = (folder: string): string[] => [folder, '-mindepth', '1', '-maxdepth', '1']

const search = (request: ReadRequest, listed = false): string => {
  const { pattern } = request
  const segments = segmentsOf(pattern)
  if (segments.every(({ glob }) => glob === undefined)) return take(request, quoted(pattern), listed)
  const expansion: Expansion = { taking: (word) => take(request, word, listed), folders: false, listed }
  return [...expand(expansion, '', segments, 1), 'rc_e'].join('\n')
}

/** What is done with each path that a pattern stands for. The pattern is `$rc_pat`, and `$rc_max` how many paths at most. */
interface Expansion {
  /** The shell text for one path, given as a word. */
  readonly taking: (word: string) => string
  /** Whether folders are among them. */
  readonly folders: boolean
  /** Whether sudo may read what the account may not. */
  readonly listed: boolean
}

const segmentsOf = (pattern: string) =>
  pattern.split('/').map((segment): Segment => ({ text: segment, glob: globWord(segment) }))

/** A part of a pattern between slashes; `glob` is its shell word when it matches more than itself. */
interface Segment {
  readonly text: string
  readonly glob: string | undefined
}

/**
 * One loop for each segment with wildcards. The shell's own expansion of a longer pattern would leave out silently what
 * lies in a folder that may not be searched or listed.
 */
const expand = (expansion: Expansion, base: string, segments: readonly Segment[], depth: number): string[] => {
  const { taking, folders } = expansion
  const at = segments.findIndex(({ glob }) => glob !== undefined)
  const folderText = textOf(segments.slice(0, at))
  const folder = `${base}${folderText === '' ? '' : quoted(folderText)}`
  const rest = segments.slice(at + 1)
  const entry = `rc_a${depth}`
  const named = `"$${entry}"`
  const wild = segments[at]!
  const slash = at === 0 && base === '' ? '' : '/'
  return [
    `if rc_l ${folder === '' ? "''" : folder}${base === '' ? '' : ` ${quoted(`${slash}${textOf([wild, ...rest])}`)}`}; then`,
    `for ${entry} in ${folder}${slash}${wild.glob}; do`,
    '[ $n -le $rc_max ] || break',
    ...(rest.length === 0
      ? [`rc_j ${named} ${quoted(wild.text)}${folders ? ' folders' : ''} || continue`, taking(named)]
      : [
          `rc_i ${named} ${quoted(`/${textOf(rest)}`)} ${quoted(wild.text)} || continue`,
          ...below(expansion, named, rest, depth),
        ]),
    'done',
    'fi',
  ]
}

const below = (expansion: Expansion, named: string, rest: readonly Segment[], depth: number): string[] => {
  if (rest.some(({ glob }) => glob !== undefined))
    return expand(expansion, named, [{ text: '', glob: undefined }, ...rest], depth + 1)
  const file = `${named}${quoted(`/${textOf(rest)}`)}`
  return [
    `if rc_h ${file}; then`,
    'rc_many || break',
    expansion.taking(file),
    'elif [ $W != no-such-file ]; then',
    'rc_many || break',
    expansion.listed ? expansion.taking(file) : `rc_w ${file} $W`,
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
