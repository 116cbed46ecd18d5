import type { FindingOf } from '@rollcall/contract'

type StoredCredential = FindingOf<'stored-credential'>

export type SecretKind = StoredCredential['secret']
export type ValueClass = StoredCredential['value']
export type Evidence = StoredCredential['evidence']

/** A file that is looked into. */
export interface CredentialFile {
  /** Where it is on its host, or below the folder that is scanned: told in findings, and what formats are chosen by. */
  readonly path: string
  readonly bytes: Uint8Array
  /** The content as text: UTF-8 with U+FFFD for what is none, UTF-16 by its mark; without a mark in front. Empty for binary content. */
  readonly text: string
  /** Only the beginning was read. */
  readonly truncated: boolean
}

/**
 * What a reader saw where a secret may be. It holds the value, so that it must not leave the engine: `judge` turns it into a digest and
 * a shape. Readers say what is written and what for; whether that is a secret, a reference or a placeholder, `judge` decides alone, in
 * one way for all formats.
 */
export interface Sighting {
  /** The value as written: the index in `text` (in `bytes` for binary content) where it begins, after an opening quote, and its length. */
  readonly at: number
  readonly length: number
  /** What the program would use, where escapes, joined lines or an encoding make it differ from what is written. */
  readonly value?: string
  readonly secret: SecretKind
  /** Its name in the file from the outside in, joined by `.` or as the format's own documentation spells it. Never a value. */
  readonly name?: string
  /** Whom it opens and where, as the file says. Either may be a reference or a secret-bearing URL: `judge` cleans them. */
  readonly account?: string
  readonly system?: string
  readonly service?: string
  readonly evidence: Evidence
  /**
   * `format`: the format keeps a secret at this place, so that nearly anything there is one. `name`: its name says so, and the value
   * must bear it out. `shape`: only its own shape says so, as that of a token does.
   */
  readonly by: 'format' | 'name' | 'shape'
  /** Written between quotes, so that it is a literal and not a word of the language around it. */
  readonly quoted?: true
  /** Bare words at this place are names of the language around (variables, functions, types), as in source code. */
  readonly bareIsCode?: true
  readonly commented?: true
  /** Much else is called so, too: its value has to look like a secret. */
  readonly unsure?: true
  /** Its name says that it is a hash. */
  readonly hashed?: true
  /** Its name says that it is encrypted. */
  readonly encrypted?: true
  /** It stands in a line of prose or documentation. */
  readonly prose?: true
  /** A tag that the syntax gives it, as of `Entry`. */
  readonly tag?: string
  /** What it is, where the format says so and its text cannot. */
  readonly valueClass?: ValueClass
  /** With what it is hashed or encrypted, where the format says so. */
  readonly scheme?: string
}

/**
 * One format of files that keep secrets. One file each, the default export of `formats/<id>.ts`; `npm run register` lists it. A format
 * knows where secrets are; a syntax (`syntaxes/`) knows how such a file is written.
 */
export interface CredentialFormat {
  /** Stable, kebab-case. */
  readonly id: string
  readonly title: string
  /**
   * Files it applies to, by the end of their path in lower case: `.netrc`, `*.pgpass`, `.docker/config.json`, `etc/ppp/*-secrets`.
   * `*` stands for any text without `/`. Each begins at the beginning of a path segment.
   */
  readonly files: readonly string[]
  /** Files of other names that it applies to all the same, told by their first 4,096 bytes as latin1. Must be quick. */
  readonly begins?: (head: string) => boolean
  /** Words in lower case of which every such beginning holds one: where none is, `begins` is not asked. Default: it is asked always. */
  readonly announced?: readonly string[]
  /** Files of these names that it does not apply to after all, told in the same way. */
  readonly unless?: (head: string) => boolean
  /** All that it gives is told by names: where none of them is in the file, it is not read. */
  readonly named?: true
  /** Whether any of the names in it may have a value there, as its language writes that. Default: they may. Says yes rather than no. */
  readonly gives?: (file: CredentialFile, names: readonly number[]) => boolean
  /** `binary`: it reads `bytes`; `text` is empty. `any`: either, since its files hold any bytes. Default: text. */
  readonly content?: 'binary' | 'any'
  /**
   * It knows all that such a file can hold: names elsewhere in it mean nothing. Otherwise what the generic readers see besides is
   * taken too. Token families are looked for in any file.
   */
  readonly whole?: true
  /** Total, linear, any bytes: gives what it can read. At most some thousand sightings. */
  read(file: CredentialFile): Iterable<Sighting>
  /** Texts that stand in such a file as values, and are read as files of their own: scripts, whole configuration files. */
  readonly holds?: (file: CredentialFile) => Iterable<Embedded>
  readonly examples: readonly CredentialExample[]
}

/** A text that stands in a file as a value. */
export interface Embedded {
  /** What formats it is read by are chosen by: the name that it has as a file, or one that such texts have. */
  readonly path: string
  readonly text: string
  /** Where in the file a stretch of the text stands. */
  readonly place: (at: number, length: number) => { readonly at: number; readonly length: number }
}

export const credentialFormat = (format: CredentialFormat): CredentialFormat => format

/** A file and what is found in it, in the order of the file. Run as a test and printed as documentation. At least one finds nothing. */
export interface CredentialExample {
  readonly title: string
  readonly path: string
  readonly text: string | Uint8Array
  /** By this format; what others see in the same file is not compared. `is`: class of the value, `literal` unless told. */
  readonly finds: readonly {
    readonly line: number
    readonly endLine?: number
    readonly is?: ValueClass
    readonly secret?: SecretKind
    readonly name?: string
    readonly account?: string
    readonly system?: string
    readonly service?: string
    readonly reference?: string
    readonly state?: StoredCredential['state']
  }[]
}

/** Tokens of one issuer that are known by their own shape. One file each, the default export of `tokens/<id>.ts`. */
export interface TokenFamily {
  readonly id: string
  /** `Personal access tokens of GitHub`. */
  readonly title: string
  readonly service: string
  readonly secret: SecretKind
  readonly kinds: readonly TokenKind[]
}

export interface TokenKind {
  /** What it begins with, as it is written: three characters or more that are rare elsewhere. */
  readonly begins: readonly string[]
  /** What of the token stands before that, where that is in its middle: up to 32 characters, which this matches to their end (`$`). */
  readonly before?: RegExp
  /** What it begins with announces it and is no part of it. */
  readonly apart?: true
  /** Sticky (`y`); matches the whole token from its beginning, without nested or adjacent unbounded repetition. */
  readonly pattern: RegExp
  /** What the pattern cannot say, such as a checksum: false means that it is none. */
  readonly check?: (token: string) => boolean
  /** What it tells by itself beyond what its family does: whom it opens and where, whether it is locked. */
  readonly tells?: (
    token: string,
  ) => Partial<Pick<Sighting, 'secret' | 'name' | 'account' | 'system' | 'service' | 'valueClass' | 'scheme'>>
  /** Whether the format carries a checksum that `check` verified: then nothing else has to bear it out. */
  readonly checked?: true
  /** Tokens of this kind, each written in two parts so that this file sets off no scanner of repositories. */
  readonly examples: readonly (readonly [string, string])[]
  /** What looks like one and is none. */
  readonly counterexamples: readonly (readonly [string, string])[]
}

export const tokenFamily = (family: TokenFamily): TokenFamily => family

/** One value of a structured file, with where it stands. */
export interface Entry {
  /** Names from the outside in; what stands in a list has its index as text. */
  readonly keys: readonly string[]
  /** Decoded. */
  readonly value: string
  /** The value as written, as for `Sighting`. */
  readonly at: number
  readonly length: number
  readonly quoted: boolean
  readonly commented?: true
  /** Entries of one object or section share a number: what stands beside a secret tells whose it is. */
  readonly group: number
  /** The groups that its own stands in, from the inside out, where the syntax nests them. */
  readonly outer?: readonly number[]
  /** A tag or type that the syntax gives the value, such as `!vault` in YAML. */
  readonly tag?: string
}

/** How a kind of file is written. Total, linear, bounded in depth and number whatever the text; gives entries as far as it can read. */
export type Syntax = (text: string) => Iterable<Entry>
