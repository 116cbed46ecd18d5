import type { HostTarget } from '@rollcall/contract'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { listComputers } from './directory-computers.ts'
import type { Directory, DirectoryEntry, SearchEnd, SearchRequest } from './directory.ts'

const NOW = new Date('2026-06-01T00:00:00Z')
const never = new AbortController().signal

const entry = (dn: string, values: Record<string, readonly string[] | string>): DirectoryEntry => {
  const texts = (name: string) => [values[name] ?? []].flat()
  return {
    dn,
    names: Object.keys(values),
    texts,
    text: (name) => texts(name)[0],
    values: (name) => texts(name).map((text) => new TextEncoder().encode(text)),
  }
}

const END: SearchEnd = { entries: 0, pages: 1, result: 0, referrals: [], controls: new Map(), intermediate: [] }

const ACTIVE = entry('', {
  supportedcapabilities: '1.2.840.113556.1.4.800',
  defaultnamingcontext: 'DC=x',
  namingcontexts: ['DC=x', 'CN=Configuration,DC=x'],
})
const POSTED = entry('', { namingcontexts: ['cn=config', 'dc=x', 'dc=y'] })

const list = async (
  root: DirectoryEntry,
  entries: readonly DirectoryEntry[],
  of: { below?: string; matching?: string } = {},
  end: Partial<SearchEnd> = {},
) => {
  const asked: SearchRequest[] = []
  const hosts: HostTarget[] = []
  const directory: Pick<Directory, 'root' | 'search'> = {
    root,
    async search(request, take) {
      asked.push(request)
      if (asked.length === 1) await take(entries)
      return { ...END, ...end }
    },
  }
  const outcome = await listComputers(directory, of, {
    now: NOW,
    signal: never,
    take: (some) => void hosts.push(...some),
  })
  return { asked, outcome, names: hosts.map((host) => (host.kind === 'ssh' ? host.host : 'local')) }
}

const fileTime = (date: string) => `${(Date.parse(date) + 11_644_473_600_000) * 10_000}`

test('enabled computers with a name that were seen lately are hosts, and the others are counted by why they are not', async () => {
  const { names, outcome } = await list(ACTIVE, [
    entry('CN=web1,DC=x', { dnshostname: 'WEB1.example.com', operatingsystem: 'Debian GNU/Linux' }),
    entry('CN=web2,DC=x', { dnshostname: 'web2.example.com', lastlogontimestamp: fileTime('2026-05-20T00:00:00Z') }),
    entry('CN=off,DC=x', { dnshostname: 'off.example.com', useraccountcontrol: '4098' }),
    entry('CN=old,DC=x', {
      dnshostname: 'old.example.com',
      lastlogontimestamp: fileTime('2025-01-01T00:00:00Z'),
      pwdlastset: fileTime('2025-02-01T00:00:00Z'),
    }),
    entry('CN=changed,DC=x', {
      dnshostname: 'changed.example.com',
      lastlogontimestamp: fileTime('2025-01-01T00:00:00Z'),
      pwdlastset: fileTime('2026-05-01T00:00:00Z'),
    }),
    entry('CN=pc,DC=x', { dnshostname: 'pc.example.com', operatingsystem: 'Windows 11 Pro' }),
    entry('CN=pc2,DC=x', { dnshostname: 'pc2.example.com', operatingsystem: 'Windows Server 2022' }),
    entry('CN=nameless,DC=x', {}),
    entry('CN=hostile,DC=x', { dnshostname: 'root@10.0.0.1:22' }),
    entry('CN=gmsa,DC=x', {
      dnshostname: 'gmsa.example.com',
      objectclass: ['computer', 'msDS-GroupManagedServiceAccount'],
    }),
  ])
  expect(names).toEqual(['web1.example.com', 'web2.example.com', 'changed.example.com'])
  expect(outcome.status).toBe('complete')
  expect(outcome.reasons.map(({ code, detail, count }) => [code, detail, count])).toEqual([
    ['left-out', 'disabled', 1],
    ['left-out', 'not seen for 90 days', 1],
    ['left-out', 'Windows, which is not read over SSH', 2],
    ['left-out', 'without a name in DNS', 1],
    ['left-out', 'with a name that no host can have', 1],
  ])
})

test('Active Directory is asked for the computers of its domain, further restricted by a filter', async () => {
  const all = await list(ACTIVE, [])
  expect(all.asked).toMatchObject([{ base: 'DC=x', scope: 'sub', filter: '(objectCategory=computer)' }])
  const some = await list(ACTIVE, [], { below: 'OU=Servers,DC=x', matching: '(operatingSystem=*Linux*)' })
  expect(some.asked).toMatchObject([
    { base: 'OU=Servers,DC=x', filter: '(&(objectCategory=computer)(operatingSystem=*Linux*))' },
  ])
})

test('other directories are asked for their hosts in every suffix that is not their own configuration', async () => {
  const { asked, names } = await list(POSTED, [
    entry('fqdn=a.example.com', { fqdn: 'a.example.com', objectclass: 'ipaHost' }),
    entry('cn=b', { cn: 'b', iphostnumber: ['192.0.2.7', '192.0.2.8'] }),
    entry('cn=c.example.com', { cn: ['c', 'c.example.com'] }),
    entry('cn=v6', { iphostnumber: '2001:db8::1' }),
    entry('cn=locked', { fqdn: 'locked.example.com', nsaccountlock: 'TRUE' }),
    entry('cn=d', { cn: 'd' }),
  ])
  expect(asked.map(({ base }) => base)).toEqual(['dc=x', 'dc=y'])
  expect(names).toEqual(['a.example.com', '192.0.2.7', 'c.example.com', '2001:db8::1'])
})

test('a filter says what is a host where there is no class for all', async () => {
  const { asked } = await list(POSTED, [], { matching: '(l=Paris)', below: 'dc=x' })
  expect(asked).toMatchObject([{ base: 'dc=x', filter: '(l=Paris)' }])
})

test('a listing that was cut short says so', async () => {
  const one = entry('CN=web1,DC=x', { dnshostname: 'web1' })
  expect((await list(ACTIVE, [one], {}, { reason: { code: 'size-limit' } })).outcome).toEqual({
    status: 'partial',
    reasons: [{ code: 'size-limit' }],
  })
  expect((await list(ACTIVE, [], {}, { reason: { code: 'no-such-entry' } })).outcome.status).toBe('failed')
  const referrals = [
    'ldap://x.test/CN=Configuration,DC=x,DC=test',
    'ldaps://x.test/DC=DomainDnsZones,DC=x,DC=test',
    'ldap://x.test/DC=ForestDnsZones,DC=x,DC=test',
    'ldap://child.x.test/DC=child,DC=x,DC=test',
  ]
  expect((await list(ACTIVE, [one], {}, { referrals })).outcome.reasons).toEqual([{ code: 'referral', count: 1 }])
  expect((await list(ACTIVE, [one], {}, { referrals: referrals.slice(0, 3) })).outcome.status).toBe('complete')
})

test('whatever an entry says, it is a host by name or none', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(ACTIVE, POSTED),
      fc.dictionary(
        fc.constantFrom('dnshostname', 'fqdn', 'cn', 'iphostnumber', 'useraccountcontrol', 'pwdlastset', 'objectclass'),
        fc.string({ unit: 'binary' }),
      ),
      async (root, values) => {
        for (const name of (await list(root, [entry('cn=x', values)])).names) expect(name).toMatch(/^[\w.:%-]+$/)
      },
    ),
  )
})
