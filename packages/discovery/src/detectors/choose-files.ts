import type { Reason } from '@rollcall/contract'
import { folderOf, lastPart } from '../posix-path.ts'
import { formatChooser } from './choose-formats.ts'
import { formats } from './formats/index.ts'

/** A file as a search found it. */
export interface Candidate {
  readonly path: string
  readonly size: number
}

/**
 * Why a file is read. `known`: its name is that of a format that keeps secrets. `kind`: it is of a kind that holds configuration or
 * scripts. `perhaps`: nothing is known of it, so that it may be text. `packed`: it is one of these, packed.
 */
export type WhyRead = 'known' | 'kind' | 'perhaps' | 'packed'

export interface ChosenFile<File extends Candidate> {
  readonly file: File
  readonly why: WhyRead
  /** Bytes of it at most; what is larger is read up to there. */
  readonly maxBytes: number
}

export interface FileChoice<File extends Candidate> {
  /** Best first. */
  readonly read: readonly ChosenFile<File>[]
  /** What may hold credentials and is not read. */
  readonly reasons: readonly Reason[]
  /** What is not read because nothing is to be expected of it. */
  readonly notes: readonly Reason[]
}

/**
 * Chooses what of a tree is read for stored credentials, by names and sizes alone. Nothing is left out because it is long: of what is
 * expected to hold credentials the beginning is read, and its reader says that there is more.
 */
export const chooseFiles = <File extends Candidate>(files: readonly File[]): FileChoice<File> => {
  const chosen: (ChosenFile<File> & { readonly rank: number })[] = []
  let [unreadable, large, packed, foreign] = [0, 0, 0, 0]
  for (const file of files) {
    const why = whyRead(file.path)
    if (why === undefined || file.size < SMALLEST) continue
    if (NOT_UTF8.test(file.path)) foreign++
    else if (why === 'perhaps' && file.size > MOST_BYTES.perhaps) large++
    else if (why === 'packed' && (file.size > MOST_PACKED_BYTES || packed++ >= MOST_PACKED)) unreadable++
    else chosen.push({ file, why, maxBytes: MOST_BYTES[why], rank: rankOf(file.path, why) })
  }
  return {
    read: chosen.toSorted((one, other) => one.rank - other.rank || (one.file.path < other.file.path ? -1 : 1)),
    reasons: foreign === 0 ? [] : [{ code: 'unsupported', detail: 'names that are not UTF-8', count: foreign }],
    notes: [
      ...(large === 0
        ? []
        : [{ code: 'too-large' as const, detail: 'files of kinds that hold no configuration', count: large }]),
      ...(unreadable === 0 ? [] : [{ code: 'left-out' as const, detail: 'packed files', count: unreadable }]),
    ],
  }
}

/** Smaller than the shortest name with the shortest value. */
const SMALLEST = 4

const MOST_BYTES: Record<WhyRead, number> = {
  known: 8 * 1024 * 1024,
  kind: 4 * 1024 * 1024,
  perhaps: 512 * 1024,
  packed: 1024 * 1024,
}
const MOST_PACKED_BYTES = 128 * 1024
const MOST_PACKED = 50

/** A byte that is no UTF-8 is written so; the host does not know the file by this name. */
const NOT_UTF8 = /\\x[89a-f][0-9a-f]/

const PACKED = /\.(?:gz|xz|bz2|zst)$/

/** Whether a file is of a kind that is unpacked before it is read. */
export const isPacked = (path: string): boolean => PACKED.test(path)

const whyRead = (path: string): WhyRead | undefined => {
  if (DECIDED.has(path)) return DECIDED.get(path)
  const why = decideWhy(path)
  if (DECIDED.size >= MOST_DECIDED) DECIDED.clear()
  DECIDED.set(path, why)
  return why
}

/** Hosts have the same files, and each has them again at its next scan. */
const DECIDED = new Map<string, WhyRead | undefined>()
const MOST_DECIDED = 60_000

const decideWhy = (path: string): WhyRead | undefined => {
  if (isPacked(path)) {
    const inner = whyReadPlain(path.replace(PACKED, ''))
    return inner === 'known' || inner === 'kind' ? 'packed' : undefined
  }
  return whyReadPlain(path)
}

const whyReadPlain = (path: string): Exclude<WhyRead, 'packed'> | undefined => {
  if (isKnown(path)) return 'known'
  const name = lastPart(path).toLowerCase()
  // A copy is of the kind of what it is a copy of.
  const original = name.replace(COPY, '')
  if (original !== name && original !== '' && isKnown(`${folderOf(path)}/${original}`)) return 'known'
  const dot = original.lastIndexOf('.')
  const end = dot < 0 ? undefined : original.slice(dot + 1)
  if (end !== undefined && NEVER.has(end)) return undefined
  return (end !== undefined && KINDS.has(end)) || NAMES.test(original) ? 'kind' : 'perhaps'
}

const COPY =
  /(?:~|\.(?:bak|backup|old|orig|save|saved|swp|prev|dist|sample|example|template|tmpl|in|default|dpkg-\w{1,8}|ucf-\w{1,8}|rpm(?:save|orig|new)|\d{1,10}))+$/

/** Ends of names of media, programs, archives, databases, and of what programs generate. */
const NEVER: ReadonlySet<string> = new Set(
  [
    'png jpg jpeg gif bmp ico icns svg svgz webp tif tiff psd xcf mp3 mp4 m4a m4v mkv avi mov ogg oga ogv opus flac wav webm',
    'ttf otf woff woff2 eot pfb afm pcf bdf hyb mo gmo pdf ps eps dvi djvu epub odt ods odp',
    'so o a la lo ko dll exe msi dylib pyc pyo pyd class elc beam rlib rmeta wasm node gem whl egg deb rpm apk udeb',
    'zip jar war ear tar tgz tbz tbz2 txz tzst 7z rar cab iso img qcow2 vmdk vdi vhd vhdx ova jmod jsa lz4 lzma lzo',
    'ibd ibdata frm myd myi mdb ldb sst wal journal pack db-wal db-shm mmdb fst rrd lmdb gdbm',
    'css scss less md5sums shlibs symbols triggers lock pid gir typelib pot xpm hlp vim',
  ].flatMap((line) => line.split(' ')),
)

/** Ends of names of files that hold configuration, or programs in which people write passwords. */
const KINDS: ReadonlySet<string> = new Set(
  [
    'conf cnf cfg cf config configuration ini inf env envrc properties props prefs settings toml json json5 jsonc yaml yml xml xsd plist reg',
    'sh bash zsh ksh csh tcsh fish profile bashrc zshrc ps1 psm1 bat cmd vbs sql psql mysql ldif ldap dsn',
    'py rb pl pm php php5 php7 phtml inc js mjs cjs ts tsx jsx java jsp groovy gradle kts kt scala go rs c h cc cpp cs vb lua tcl r',
    'tf tfvars tfstate hcl nomad service socket timer mount automount network netdev nmconnection target slice path desktop',
    'j2 jinja jinja2 erb epp pp tpl mustache hbs ctmpl sls rake ovpn rdp remmina ica pem key crt cer p12 pfx jks keystore kdbx ppk asc gpg',
    'passwd pass password passwords secret secrets token credentials creds auth htpasswd htaccess netrc pgpass',
    'dockerfile vault hosts inventory cron crontab ctl rules aug cue dhall nix el txt md rst adoc log out history html htm csv tsv',
  ].flatMap((line) => line.split(' ')),
)

const NAMES =
  /^(?:\.?env(?:\..*)?|dockerfile.*|containerfile.*|makefile|gnumakefile|jenkinsfile|vagrantfile|procfile|rakefile|gemfile|crontab|hosts|fstab|exports|.*rc|.*_history|\.?profile|passwd.*|.*passwords?|.*secrets?|.*credentials?|.*tokens?|.*\.service\.d)$/

const isKnown = (() => {
  const choose = formatChooser(formats.map(({ begins: _, unless: __, ...format }) => format))
  return (path: string) => choose(path, () => '').length > 0
})()

const HOME = /^\/(?:root|home\/[^/]+)\//
const DOT = /\/\./

/** Homes' own settings first, then those of the host, then all else; what is known by its name before what only may be text. */
const rankOf = (path: string, why: WhyRead): number => {
  const place = HOME.test(path) ? (DOT.test(path) ? 0 : 2) : path.startsWith('/etc/') ? 1 : 3
  return why === 'known' ? place : 4 + (why === 'kind' ? 0 : 4) + place
}
