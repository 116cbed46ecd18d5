/**
 * How lines of a file are read. `code`: bare words are names of the language. `shell`: words parted by blanks, variables behind `$`.
 * `yaml`: `name: value`. `settings`: what configuration of unknown kind looks like. `prose`: documentation. `interface`: words that are
 * shown to people, so that names there mean nothing.
 */
export type Kind = 'code' | 'shell' | 'yaml' | 'settings' | 'prose' | 'interface' | 'sql' | 'markup'

export interface FileKind {
  readonly kind: Kind
  /** What a line that is a comment begins with. */
  readonly comment: RegExp
  /** What parts of several lines that are comments stand between. */
  readonly block?: readonly [open: string, close: string]
  /** How texts begin that explain the code (then the first group matches) or are like those, and what ends each. */
  readonly explains?: {
    readonly begins: RegExp
    /** One of these is in every beginning, at its end or little behind. */
    readonly marks: readonly string[]
    readonly ends: (begin: string) => string
  }
  /** A part that is a comment begins only where a line does, as `/*` is also a pattern of paths. */
  readonly blockAtLine?: true
}

const HASH = /^[ \t]*#/
const SLASHES = /^[ \t]*(?:\/\/|\/?\*(?:[ \t/*]|$))/
const ANY = /^[ \t]*(?:[#;!]|\/\/|\/\*|--[ \t]|<!--|\*(?!\/?\d|[ \t]+[\d*])[ \t/]|dnl\b|rem[ \t]|::[ \t]|\{#|<%--|%%)/i
const C: readonly [string, string] = ['/*', '*/']
const MARKUP: readonly [string, string] = ['<!--', '-->']

/** What stands between three quotes as a statement of its own, or under the name of a documentation. */
const DOCSTRINGS: NonNullable<FileKind['explains']> = {
  begins:
    /((?:^|\n)[ \t]{0,80}(?:(?:DOCUMENTATION|EXAMPLES?|RETURN|USAGE|HELP|__doc__)[ \t]{0,8}=[ \t]{0,8}(?:\\\n)?)?[rRuUbB]{0,2})(?:"{3}|'{3})|"{3}|'{3}/g,
  marks: ['"""', "'''"],
  ends: (begin) => begin.slice(-3),
}
/** Perl's and Ruby's own, which end where a line says so. */
const POD: NonNullable<FileKind['explains']> = {
  begins: /((?:^|\n)=)(?:pod|head\d|over|item|encoding|begin|for)\b/g,
  marks: ['='],
  ends: (begin) => (begin.endsWith('begin') ? '\n=end' : '\n=cut'),
}

const KINDS: readonly (readonly [string, FileKind])[] = [
  ['php php3 php4 php5 phtml inc', { kind: 'code', comment: /^[ \t]*(?:#|\/\/|\/?\*(?:[ \t/*]|$))/, block: C }],
  ['py pyw pyi', { kind: 'code', comment: HASH, explains: DOCSTRINGS }],
  ['rb rake gemspec pl pm t cgi', { kind: 'code', comment: HASH, explains: POD }],
  ['tcl exp r jl ex exs nim cr coffee', { kind: 'code', comment: HASH }],
  [
    'js mjs cjs ts tsx jsx java go cs c cc cpp cxx h hpp kt kts scala groovy gradle swift rs dart m mm vue svelte d zig proto sol v pas',
    { kind: 'code', comment: SLASHES, block: C },
  ],
  ['lua hs elm', { kind: 'code', comment: /^[ \t]*--/ }],
  ['el lisp clj cljs scm', { kind: 'code', comment: /^[ \t]*;/ }],
  ['vb vbs bas asp', { kind: 'code', comment: /^[ \t]*(?:'|rem[ \t])/i }],
  ['erl hrl', { kind: 'code', comment: /^[ \t]*%/ }],
  ['sql ddl psql mysql', { kind: 'sql', comment: /^[ \t]*(?:--|#|\/\*)/, block: C, blockAtLine: true }],
  [
    'sh bash zsh ksh csh tcsh fish ash dash bats ps1 psm1 psd1 preinst postinst prerm postrm config',
    { kind: 'shell', comment: HASH },
  ],
  ['bat cmd', { kind: 'shell', comment: /^[ \t]*@?(?:rem[ \t]|::)/i }],
  ['yaml yml', { kind: 'yaml', comment: HASH }],
  [
    'xml xhtml xsl xslt plist svg jsp jspx config.xml html htm',
    { kind: 'markup', comment: /^[ \t]*<!--/, block: MARKUP },
  ],
  [
    'md markdown rst adoc asciidoc txt tex texi info pod man nroff changelog readme news',
    { kind: 'prose', comment: /^(?!)/ },
  ],
  [
    'po pot mo strings resx xlf xliff lang qm ts.xml arb ftl dtd xsd rng rnc schema css scss less sgml desktop templates',
    { kind: 'interface', comment: ANY },
  ],
  [
    'json json5 jsonc tf tfvars hcl cue jsonnet libsonnet',
    { kind: 'settings', comment: /^[ \t]*(?:\/\/|#|\/?\*(?:[ \t/*]|$))/, block: C, blockAtLine: true },
  ],
  ['vim vimrc exrc', { kind: 'settings', comment: /^[ \t]*"/ }],
]

const BY_ENDING = new Map(
  KINDS.flatMap(([endings, kind]) => endings.split(' ').map((ending) => [ending, kind] as const)),
)

const SETTINGS: FileKind = { kind: 'settings', comment: ANY, block: C, blockAtLine: true }
const SHELL = BY_ENDING.get('sh')!
const PROSE = BY_ENDING.get('md')!

/** Whether a file's name says that it is source code, documentation or words of an interface. */
export const isProgramOrProse = (path: string): boolean => {
  const ending = /\.([a-z0-9]{1,10})$/i.exec(path)?.[1]?.toLowerCase()
  if (ending === undefined) return false
  const kind = BY_ENDING.get(ending)?.kind
  return kind === 'code' || kind === 'interface' || (kind === 'prose' && (ending !== 'txt' || path.includes('/doc/')))
}

/** Whether it holds words that are shown to people, so that names in it mean nothing. */
export const isInterface = (path: string): boolean => INTERFACE.test(path)

/** How the lines of a file are read, told by its name and by how it begins. */
export const kindOf = (path: string, head: string): FileKind => {
  const name = path
    .slice(path.lastIndexOf('/') + 1)
    .toLowerCase()
    .replace(COPY, '')
  const interpreter = /^#!.{0,60}?\b(?:env[ \t]+(?:-\S+[ \t]+)?)?(\w+?)[\d.]*(?:[ \t]|\r?$)/m.exec(head.slice(0, 120))
  if (head.startsWith('#!') && interpreter !== null) {
    const by = interpreter[1]!
    if (/^(?:ba|da|k|z|a|c|tc|fi)?sh$/.test(by)) return SHELL
    if (/^(?:expect|wish|tclsh)$/.test(by)) return BY_ENDING.get('exp')!
    if (/^(?:perl|ruby|python|php|node|lua|awk|gawk|Rscript)$/.test(by))
      return BY_ENDING.get(BY_INTERPRETER[by] ?? 'py')!
  }
  if (INTERFACE.test(path)) return BY_ENDING.get('po')!
  if (SHELLS.test(name) || TABLES.test(path)) return SHELL
  const known = BY_ENDING.get(name.slice(name.lastIndexOf('.') + 1))
  if (known !== undefined && (known !== SHELL || name.includes('.')))
    return known.kind === 'shell' && name.endsWith('.config') ? SETTINGS : known
  if (PROSES.test(name) || /\/man\d?\//.test(path)) return PROSE
  if (/^\s*<\?xml|^\s*<!DOCTYPE/i.test(head)) return BY_ENDING.get('xml')!
  if (head.startsWith('<?php')) return BY_ENDING.get('php')!
  if (/^---[ \t]*\r?$/m.test(head.slice(0, 400))) return BY_ENDING.get('yaml')!
  return SETTINGS
}

const COPY =
  /(?:~|\.(?:bak|old|orig|save|dist|sample|example|template|tmpl|tpl|j2|erb|in|default|dpkg-\w{3,4}|gz|\d{1,3}))+$/
const BY_INTERPRETER: Readonly<Record<string, string>> = { perl: 'pl', ruby: 'rb', php: 'php', node: 'js', lua: 'lua' }
const SHELLS =
  /^\.?(?:bashrc|bash_profile|bash_login|bash_aliases|bash_logout|profile|zshrc|zshenv|zprofile|kshrc|cshrc|login|tcshrc|[a-z_]{0,12}_history|history|xinitrc|xsession|envrc|rc\.local)$/
/** Tables of cron, in whose lines commands stand. */
const TABLES = /(?:^|\/)(?:(?:ana)?crontab|crontabs\/[^/]+|cron\.d\/[^/]+|spool\/cron\/(?:tabs\/)?[^/]+)$/
const PROSES =
  /^(?:readme|changelog|changes|news|copying|license|licence|authors|install|todo|faq|notice|contributing|history|thanks|credits|pkg-info$|metadata$)\b/
const INTERFACE =
  /\/(?:locales?|i18n|l10n|lang|langs|languages|translations?|messages|nls)\/|[/_.-](?:messages|strings|i18n)(?:_[a-z]{2})?\.(?:properties|json|ya?ml|xml|php|js)$/i
