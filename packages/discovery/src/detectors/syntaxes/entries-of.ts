import type { CredentialFile, Entry, Syntax } from '../detector.ts'

/** The entries of a file in some syntax: read once, however many formats of the file ask. */
export const entriesOf = (file: CredentialFile, syntax: Syntax): readonly Entry[] => {
  let bySyntax = memo.get(file)
  if (bySyntax === undefined) memo.set(file, (bySyntax = new Map()))
  let entries = bySyntax.get(syntax)
  if (entries === undefined) bySyntax.set(syntax, (entries = [...syntax(file.text)]))
  return entries
}

const memo = new WeakMap<CredentialFile, Map<Syntax, readonly Entry[]>>()
