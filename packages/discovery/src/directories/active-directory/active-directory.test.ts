import type { Finding } from '@rollcall/contract'
import { expect, test } from 'vitest'
import { scanDirectory } from '../../scan-directory.ts'
import { exampleDirectory, type ExampleDirectory } from '../../testing/example-directory.ts'
import { exampleTools } from '../../testing/example-host.ts'
import make from '../active-directory.ts'

/* What a Samba of the lab cannot be made to do. */

const BASE = 'DC=example,DC=com'
const ROOT = {
  defaultNamingContext: BASE,
  configurationNamingContext: `CN=Configuration,${BASE}`,
  supportedCapabilities: '1.2.840.113556.1.4.800',
}
const guid = (number: number) => new Uint8Array(16).fill(number)
/** A descriptor that says that there is a list, and has none. */
const NO_LIST = Uint8Array.of(1, 0, 4, 0x80, ...new Uint8Array(16))
const user = (name: string, number: number, more = {}) => ({
  dn: `CN=${name},${BASE}`,
  attributes: {
    objectClass: ['top', 'person', 'user'],
    objectCategory: 'CN=Person,CN=Schema',
    sAMAccountName: name,
    objectGUID: guid(number),
    ...more,
  },
})

const scan = async (world: Partial<ExampleDirectory>) => {
  const findings: Finding[] = []
  const entries = [
    {
      dn: BASE,
      attributes: { objectClass: ['top', 'domainDNS'], objectCategory: 'CN=Domain-DNS,CN=Schema', objectGUID: guid(9) },
    },
    user('one', 1, { nTSecurityDescriptor: NO_LIST }),
    user('two', 2),
  ]
  const { directory } = exampleDirectory({ root: ROOT, entries, ...world })
  const scanned = await scanDirectory(directory, [make], {
    ...exampleTools,
    take: (_, told) => void findings.push(...told),
  })
  const section = (probe: string) => scanned?.sections.find((one) => one.probe === probe)?.outcome
  return { findings, section }
}

test('an entry without a list may be taken over by everybody, and one that tells none is not passed over', async () => {
  const { findings, section } = await scan({})
  expect(findings).toContainEqual(
    expect.objectContaining({
      kind: 'directory-right',
      objectName: 'one',
      right: 'full-control',
      trusteeName: 'Everyone',
    }),
  )
  expect(findings).toContainEqual(expect.objectContaining({ weakness: 'everyone-has-right', objectName: 'one' }))
  expect(section('directory-rights')?.reasons).toContainEqual(
    expect.objectContaining({ code: 'attribute-denied', detail: 'nTSecurityDescriptor' }),
  )
})

test('a server that gives no more entries leaves its scope open', async () => {
  const { section } = await scan({ sizeLimit: 1 })
  expect(section('directory-accounts')).toMatchObject({ status: 'truncated' })
})
