import type { Finding } from '@rollcall/contract'
import { expect, test } from 'vitest'
import { done, entry, startFakeServer, type FakeScript } from './lab/directories/fake-server.ts'
import { lookAt } from './lab/directories/look-at.ts'

/* What a controller of Windows does and Samba does not: a thousand entries on a page, and 1,500 values of an attribute at a time. */

const BASE = 'DC=corp,DC=example,DC=com'
const MEMBERS = 4000
const [PAGE, RANGE] = [1000, 1500]
const guid = (number: number) => Uint8Array.from({ length: 16 }, (_, at) => (number >> (8 * at)) & (at < 4 ? 0xff : 0))
const userDn = (number: number) => `CN=u${number},CN=Users,${BASE}`
const GROUP = `CN=Many,CN=Users,${BASE}`

const controller: FakeScript = ({ kind, id, base = '', scope, attributes = [], page }, connection) => {
  if (kind !== 'search') return false
  if (scope === 0 && base === '') {
    connection.send(
      entry(id, '', {
        defaultNamingContext: [BASE],
        configurationNamingContext: [`CN=Configuration,${BASE}`],
        supportedCapabilities: ['1.2.840.113556.1.4.800'],
        supportedLDAPVersion: ['3'],
      }),
      done(id),
    )
    return true
  }
  const range = /^member;range=(\d+)-\*$/.exec(attributes[0] ?? '')?.[1]
  if (scope === 0 && base === GROUP && range !== undefined) {
    connection.send(entry(id, GROUP, membersFrom(Number(range))), done(id))
    return true
  }
  if (scope !== 2 || base !== BASE) return false
  if (attributes.includes('grouptype') && attributes.includes('member')) {
    const told = { objectClass: ['top', 'group'], objectGUID: [guid(900_000)], sAMAccountName: ['Many'] }
    connection.send(entry(id, GROUP, { ...told, groupType: ['-2147483646'], ...membersFrom(0) }), done(id, ''))
    return true
  }
  if (attributes.includes('useraccountcontrol') && !attributes.includes('operatingsystem')) {
    const from = Number(page?.cookie === '' ? 0 : page?.cookie)
    const users = Array.from({ length: PAGE }, (_, at) =>
      entry(id, userDn(from + at), {
        objectClass: ['top', 'person', 'user'],
        objectGUID: [guid(from + at)],
        sAMAccountName: [`u${from + at}`],
        userAccountControl: ['512'],
      }),
    )
    connection.send(...users, done(id, from + PAGE >= MEMBERS ? '' : `${from + PAGE}`))
    return true
  }
  return false
}

/** So many members from one on, under the name that says which they are. */
const membersFrom = (from: number) => {
  const to = Math.min(from + RANGE, MEMBERS)
  const name = `member;range=${from}-${to === MEMBERS ? '*' : to - 1}`
  return { [name]: Array.from({ length: to - from }, (_, at) => userDn(from + at)) }
}

test('a group of more members than are given at a time is told with all of them', { timeout: 60_000 }, async () => {
  await using server = await startFakeServer({ script: controller })
  const { host: address, port } = server.target
  const { findings, outcomes } = await lookAt({ address, port, authority: server.authority }, { kind: 'anonymous' })
  const of = (wanted: Finding['kind']) => findings.filter(({ kind }) => kind === wanted)
  expect(of('directory-account')).toHaveLength(MEMBERS)
  expect(of('directory-group')).toMatchObject([{ name: 'Many', members: MEMBERS }])
  const members = findings.flatMap((one) => (one.kind === 'directory-member' ? [one] : []))
  expect(members.map(({ member }) => member)).toEqual(Array.from({ length: MEMBERS }, (_, at) => userDn(at)))
  expect(members.every(({ memberObject }) => memberObject !== undefined)).toBe(true)
  expect(outcomes['directory-groups']?.reasons.filter(({ code }) => code !== 'attribute-unknown')).toEqual([])
  const ranges = server.requests.flatMap(({ attributes = [] }) => attributes.filter((name) => name.includes(';range=')))
  expect(ranges).toEqual(['member;range=1500-*', 'member;range=3000-*'])
})
