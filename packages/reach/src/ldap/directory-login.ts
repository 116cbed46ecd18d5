import type { Secret } from '@rollcall/secret'

/** How an account proves to a directory to be itself. */
export type DirectoryLogin =
  /** A simple bind (RFC 4513 5.1.3). `name` is a DN or, for Active Directory, `user@domain` or `DOMAIN\user`. */
  | { readonly kind: 'simple'; readonly name: string; readonly password: Secret }
  /** A certificate, shown to TLS and meant by SASL EXTERNAL (RFC 4422 appendix A). Both as PEM; `name` is for people. */
  | {
      readonly kind: 'external'
      readonly certificate: string
      readonly privateKey: Secret
      readonly passphrase?: Secret
      readonly name?: string
    }
  /** No account at all, for directories that let anybody read. */
  | { readonly kind: 'anonymous' }
