import type { DirectoryGathering } from '../../directory-make.ts'
import type { DirectoryEntry } from '../../directory.ts'
import { normalDn } from './dn.ts'
import type { Verdict } from './look.ts'
import type { SchemaTree } from './schema-tree.ts'

/** The control of draft-ietf-ldapext-acl-model, section 9: the server tells for each attribute of an entry what somebody may do to it. */
const EFFECTIVE_RIGHTS = '1.3.6.1.4.1.42.2.27.9.5.2'
const MOST_SAMPLES = 25
const MOST_CLASSES = 16

/**
 * What whoever scans may read of accounts, as 389-DS tells it. Of attributes that the classes of an entry do not let it have the server says that
 * they may not be read: those are not asked about it, but about entries that may have them. Where there are none, nobody has such an attribute.
 */
export const effectiveRights = async (
  gathering: DirectoryGathering,
  suffix: string,
  attributes: readonly string[],
  schema: SchemaTree | undefined,
): Promise<ReadonlyMap<string, Verdict>> => {
  const { identity, root } = gathering.directory
  const verdicts = new Map<string, Verdict>()
  if (!root.texts('supportedcontrol').includes(EFFECTIVE_RIGHTS)) return verdicts
  const asked = [...new Set([...attributes, 'aci', 'objectclass'])]
  const control = {
    oid: EFFECTIVE_RIGHTS,
    critical: true as const,
    value: new TextEncoder().encode(`dn: ${identity ?? ''}`),
  }
  const classesOf = new Map(asked.map((name) => [name, schema?.classesWith(name) ?? []]))
  const take = (entry: DirectoryEntry) => {
    if (identity !== undefined && normalDn(entry.dn) === normalDn(identity)) return
    const classes = entry.texts('objectclass').map((name) => name.toLowerCase())
    for (const [name, rights] of readAttributeRights(entry.texts('attributelevelrights').join(', '))) {
      const needed = classesOf.get(name) ?? []
      if (needed.length > 0 && classes.length > 0 && !needed.some((one) => classes.includes(one))) continue
      const verdict = rights.includes('r') ? 'readable' : 'denied'
      const before = verdicts.get(name)
      verdicts.set(name, before === undefined || before === verdict ? verdict : 'unknown')
    }
  }
  const ask = (filter: string, most: number) =>
    gathering.search(
      [],
      { base: suffix, scope: 'sub', filter, attributes: asked, controls: [control], maxEntries: most, pageSize: 0 },
      (entries) => {
        for (const entry of entries) take(entry)
      },
    )
  await ask('(|(objectClass=person)(objectClass=posixAccount))', MOST_SAMPLES)
  for (const name of attributes) {
    const classes = classesOf.get(name) ?? []
    if (verdicts.has(name) || classes.length === 0 || classes.length > MOST_CLASSES) continue
    const end = await ask(`(|${classes.map((one) => `(objectClass=${one})`).join('')})`, MOST_SAMPLES)
    // It is only sure that there are none where classes may be searched for.
    if (end.entries === 0 && end.reason === undefined && verdicts.get('objectclass') === 'readable')
      verdicts.set(name, 'readable')
  }
  return verdicts
}

/** `uid:rsc, userPassword:none` */
const readAttributeRights = (text: string): (readonly [name: string, rights: string])[] =>
  [...text.slice(0, 65_536).matchAll(/([\w;.-]{1,128}):([a-zA-Z]{1,16})/g)].map(([, name = '', rights = '']) => [
    name.toLowerCase(),
    rights === 'none' ? '' : rights,
  ])
