import { credentialFormat, type CredentialFormat } from '../detector.ts'
import { blockSettings, type BlockDialect } from './block-settings.ts'
import { lineSettings, type LineDialect } from './line-settings.ts'
import { secretRules, secretsAmong, type SecretRule } from './secret-rules.ts'

interface Written extends Omit<CredentialFormat, 'read'> {
  readonly secrets: readonly SecretRule[]
}

/** A format of files that name and value make, with the names that keep secrets. */
export const settingsFormat = ({
  lines,
  blocks,
  secrets,
  ...format
}: Written &
  (
    | { readonly lines: LineDialect; readonly blocks?: never }
    | { readonly blocks: BlockDialect; readonly lines?: never }
  )): CredentialFormat => {
  const rules = secretRules(secrets)
  return credentialFormat({
    ...format,
    read: ({ text }) =>
      secretsAmong(lines === undefined ? blockSettings(text, blocks) : lineSettings(text, lines), rules),
  })
}
