import type { Reason } from '@rollcall/contract'

/**
 * A directory that answers searches. The face is implemented by `reach` for LDAP (RFC 4511).
 *
 * Nothing a server does makes it throw: what could not be read is a search that says why. Once the connection is gone or the time is
 * up, every further search ends so at once. It never follows a referral, never binds again by itself and never sends in clear.
 */
export interface Directory {
  /** The root entry (RFC 4512 5.1) with all its operational attributes. */
  readonly root: DirectoryEntry
  /** The server's name or address as it was asked for. */
  readonly server: string
  /** As whom it is read, as it was configured; absent: anonymously. */
  readonly identity?: string
  /** `SHA256:` and hexadecimal fingerprint of the certificate that the server proved to hold. */
  readonly certificate?: string
  /**
   * Runs one search to its end, page by page, an empty page with a cookie being no end. `take` gets entries as they come, some at a
   * time; the next are not read before its promise is fulfilled. Values that a server gives in ranges (MS-ADTS 3.1.1.3.1.3.3) come
   * whole.
   */
  search(
    request: SearchRequest,
    take: (entries: readonly DirectoryEntry[]) => void | Promise<void>,
    signal: AbortSignal,
  ): Promise<SearchEnd>
}

export interface SearchRequest {
  readonly base: string
  readonly scope: 'base' | 'one' | 'sub'
  /** RFC 4515. */
  readonly filter: string
  /** Never `*` where the names are known; `+` for operational ones. */
  readonly attributes: readonly string[]
  /** Sent with every page; those for paging are added by themselves. */
  readonly controls?: readonly SearchControl[]
  /** Entries on a page; default 1,000. 0: without pages, for searches of one entry and for controls that page by themselves. */
  readonly pageSize?: number
  /** Entries at most; default 10,000,000. */
  readonly maxEntries?: number
}

/** A control by its OID, with its value as BER where it has one. Never critical unless the answer would be another one without it. */
export interface SearchControl {
  readonly oid: string
  readonly critical?: true
  readonly value?: Uint8Array
}

/** An entry as the server sent it. Nothing of it may be kept after `take` but what is copied; texts are copies. */
export interface DirectoryEntry {
  readonly dn: string
  /** The attribute names that were sent, lower case, with their options. */
  readonly names: readonly string[]
  /** The values of an attribute by its lower-case name; none where it was not sent. */
  values(name: string): readonly Uint8Array[]
  /** The same as text: UTF-8, with U+FFFD for what is none; of more than 256 KiB the beginning. */
  texts(name: string): readonly string[]
  /** The first of them. */
  text(name: string): string | undefined
  /** Controls of the entry itself, such as the state of RFC 4533, by OID. */
  readonly controls?: ReadonlyMap<string, Uint8Array> | undefined
}

/** How a search ended. It is whole only without a reason. */
export interface SearchEnd {
  readonly entries: number
  readonly pages: number
  /** The result code (RFC 4511 4.1.9) of the last answer; absent where none came. */
  readonly result?: number
  /** Why it is not whole. `no-such-entry` where the base does not exist or may not be seen. */
  readonly reason?: Reason
  /** Parts of the tree that lie elsewhere, as URLs, at most 100: not followed. */
  readonly referrals: readonly string[]
  /** Controls of the last answer by OID. */
  readonly controls: ReadonlyMap<string, Uint8Array>
  /** Intermediate answers (RFC 4511 4.13) by OID, in the order in which they came. A search in which more came than are kept is not whole. */
  readonly intermediate: readonly { readonly oid: string; readonly value: Uint8Array }[]
}
