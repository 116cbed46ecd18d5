import type { FindingOf } from '@rollcall/contract'

type StoredCredential = FindingOf<'stored-credential'>

const SECRETS: Readonly<Record<StoredCredential['secret'], string>> = {
  password: 'password',
  token: 'token',
  'shared-secret': 'shared secret',
  'private-key': 'private key',
  'symmetric-key': 'key',
  store: 'store of secrets',
}
const VALUES: Readonly<Record<StoredCredential['value'], string>> = {
  literal: 'in clear',
  key: 'in clear',
  hash: 'as a hash',
  encrypted: 'encrypted',
  reference: 'by reference',
  placeholder: 'as a placeholder',
  empty: 'left empty',
}
const STATES: Readonly<Record<StoredCredential['state'], string>> = {
  active: '',
  commented: ', in a comment',
  template: ', in a sample',
  backup: ', in a copy',
}

/** A stored credential in a sentence, such as `Password of app at db1:5432, in clear`. */
export const sentenceOf = ({ secret, value, state, account, system }: StoredCredential): string => {
  const what = SECRETS[secret]
  const whose = account === undefined ? '' : ` of ${account}`
  const where = system === undefined ? '' : ` at ${system}`
  return `${what.slice(0, 1).toUpperCase()}${what.slice(1)}${whose}${where}, ${VALUES[value]}${STATES[state]}`
}
