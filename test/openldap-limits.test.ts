import { expect, test } from 'vitest'
import { lookAt, simple } from './lab/directories/look-at.ts'
import { slapdLacks, startSlapd } from './lab/directories/slapd.ts'

/* A real OpenLDAP that gives an account no more than some entries, and one that it lets read all. */

const skipped = slapdLacks()
const S = 'dc=example,dc=org'
const ENTRIES = 700
const service = (uid: string) =>
  `dn: uid=${uid},ou=Services,${S}\nobjectClass: account\nobjectClass: simpleSecurityObject\nuid: ${uid}\nuserPassword: Limits-of-the-lab-1\n\n`

test.skipIf(skipped !== undefined)(
  'what a limit keeps back is told with its reason, for each part that was searched for, and nothing is called whole',
  { timeout: 60_000 },
  async () => {
    await using lab = await startSlapd({
      bulk: ENTRIES,
      data: ['limited', 'allowed'].map(service).join(''),
      database: [`olcLimits: {0}dn.exact="uid=allowed,ou=Services,${S}" size=unlimited`],
    })
    const look = (uid: string) => lookAt(lab, simple(`uid=${uid},ou=Services,${S}`, 'Limits-of-the-lab-1'))
    const accounts = ({ findings }: Awaited<ReturnType<typeof look>>) =>
      findings.filter(({ kind }) => kind === 'directory-account').length
    const [limited, allowed] = [await look('limited'), await look('allowed')]
    expect(accounts(allowed)).toBe(ENTRIES + 2)
    expect(accounts(limited)).toBe(500)
    for (const probe of ['directory-accounts', 'directory-keys', 'directory-secrets']) {
      expect(['truncated', 'partial']).toContain(limited.outcomes[probe]!.status)
      expect(limited.outcomes[probe]!.reasons.map(({ code }) => code)).toContain('size-limit')
      expect(allowed.outcomes[probe]!.reasons.map(({ code }) => code)).not.toContain('size-limit')
    }
    // What came to its end is not held against it, and nobody is said to be no longer there.
    expect(limited.outcomes['directory-groups']!.reasons.map(({ code }) => code)).not.toContain('size-limit')
    expect(
      limited.findings.filter((one) => one.kind === 'directory-weakness' && one.weakness === 'dangling-member'),
    ).toEqual([])
    expect(limited.changed).toEqual({})
    expect(limited.memory).toBeUndefined()
  },
)
