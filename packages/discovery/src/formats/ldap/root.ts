import type { DirectorySignals } from '@rollcall/contract'
import type { DirectoryGathering } from '../../directory-make.ts'
import { clipped } from './subject.ts'
import { readSchemaTree, type SchemaTree } from './schema-tree.ts'
import { readSubschema, type Subschema } from './subschema.ts'

/** What the schema of a server knows; undefined where it may not be read. */
export const readSchema = async (gathering: DirectoryGathering): Promise<Subschema | undefined> => {
  const base = gathering.directory.root.text('subschemasubentry') ?? 'cn=Subschema'
  let schema: Subschema | undefined
  await gathering.search(
    [],
    { base, scope: 'base', filter: '(objectClass=*)', attributes: ['attributetypes', 'objectclasses'], pageSize: 0 },
    ([entry]) => {
      if (entry !== undefined) schema = readSubschema(entry)
    },
  )
  return schema
}

/** How attributes and classes of a server hang together; undefined where that may not be read. */
export const readTree = async (gathering: DirectoryGathering): Promise<SchemaTree | undefined> => {
  let tree: SchemaTree | undefined
  await gathering.search(
    [],
    {
      base: gathering.directory.root.text('subschemasubentry') ?? 'cn=Subschema',
      scope: 'base',
      filter: '(objectClass=*)',
      attributes: ['attributetypes', 'objectclasses'],
      pageSize: 0,
    },
    ([entry]) => {
      if (entry !== undefined) tree = readSchemaTree(entry)
    },
  )
  return tree
}

/** The domain that a suffix stands for: `example.org` of `dc=example,dc=org`. */
export const domainOf = (suffix: string): { domain?: string } => {
  const parts = suffix.split(',').map((part) => /^\s*dc=([^+]+)$/i.exec(part)?.[1]?.trim())
  const known = parts.filter((part) => part !== undefined)
  return known.length === 0 || known.length < parts.length ? {} : { domain: clipped(known.join('.'), 253) }
}

/** What tells the directory from others, with what every make knows of it. */
export const directorySignalsOf = (
  { directory: { server, certificate, identity } }: DirectoryGathering,
  make: DirectorySignals['make'],
  more: Omit<DirectorySignals, 'make'>,
): DirectorySignals => ({
  ...more,
  make,
  suffix: clipped(more.suffix, 1024),
  server: clipped(server, 253),
  ...(certificate === undefined ? {} : { certificate: clipped(certificate, 128) }),
  ...(identity === undefined ? {} : { identity: clipped(identity, 512) }),
})
