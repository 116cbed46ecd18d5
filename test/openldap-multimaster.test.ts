import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { lookAt, simple, type Look } from './lab/directories/look-at.ts'
import { LookInventory } from './lab/directories/look-inventory.ts'
import { slapdLacks, startSlapd, type SlapdLab } from './lab/directories/slapd.ts'

/* Two real OpenLDAP servers that take changes from each other, looked at through one of them. */

const skipped = slapdLacks()
const SYNC_REQUEST = '1.3.6.1.4.1.4203.1.9.1.1'
const person = (uid: string, suffix: string) =>
  `dn: uid=${uid},ou=People,${suffix}\nchangetype: add\nobjectClass: inetOrgPerson\nuid: ${uid}\ncn: ${uid}\nsn: x\n\n`

describe.skipIf(skipped !== undefined)(
  `a pair of OpenLDAP servers${skipped === undefined ? '' : ` (skipped: ${skipped})`}`,
  () => {
    let [one, two]: SlapdLab[] = []
    beforeAll(async () => {
      one = await startSlapd({ global: ['olcServerID: 1'] })
      two = await startSlapd({ global: ['olcServerID: 2'] })
      // They begin with the same content, down to the identifiers.
      await one.stop()
      await two.stop()
      const folder = dirname(dirname(two.authorityFile))
      for (const name of readdirSync(join(folder, 'db'))) rmSync(join(folder, 'db', name))
      const content = join(folder, 'content.ldif')
      writeFileSync(content, one.offline('slapcat', ['-n', '1']))
      two.offline('slapadd', ['-q', '-b', two.suffix, '-l', content])
      await one.start()
      await two.start()
      for (const [own, other, rid] of [
        [one, two, '001'],
        [two, one, '002'],
      ] as const)
        own.client(
          'ldapmodify',
          own.config,
          [],
          // The other shows its own certificate, which comes from an authority that this one does not know.
          `dn: cn=config\nchangetype: modify\nreplace: olcTLSVerifyClient\nolcTLSVerifyClient: never\n\ndn: olcDatabase={1}mdb,cn=config\nchangetype: modify\nadd: olcSyncrepl\nolcSyncrepl: rid=${rid} provider=${other.url} bindmethod=simple binddn="${other.root.dn}" credentials=${other.root.password} searchbase="${other.suffix}" type=refreshAndPersist retry="1 +" tls_cacert=${other.authorityFile}\n-\nadd: olcMultiProvider\nolcMultiProvider: TRUE\n\n`,
        )
    }, 60_000)
    afterAll(async () => {
      await one?.[Symbol.asyncDispose]()
      await two?.[Symbol.asyncDispose]()
    })

    const has = (lab: SlapdLab, uid: string) =>
      lab.client('ldapsearch', lab.root, ['-LLL', '-b', lab.suffix, `(uid=${uid})`, '1.1']).includes(`uid=${uid},`)
    const arrives = async (lab: SlapdLab, uid: string, there = true) => {
      for (let tries = 0; tries < 150 && has(lab, uid) !== there; tries++) await sleep(200)
      expect(has(lab, uid)).toBe(there)
    }
    const look = (lab: SlapdLab, remembered?: Look['memory']) =>
      lookAt(lab, simple(lab.root.dn, lab.root.password), { remembered })

    test(
      'changes of both are told by either, and another server is looked at as a whole',
      { timeout: 90_000 },
      async () => {
        const inventory = new LookInventory()
        const change = async (lab: SlapdLab, uid: string) => {
          lab.client('ldapmodify', lab.root, [], person(uid, lab.suffix))
          await arrives(lab === one ? two! : one!, uid)
        }
        await change(one!, 'first')
        await change(two!, 'second')
        let last = await look(one!)
        inventory.take(last)
        expect(last.memory?.['from']).toMatch(/#001#.*#002#|#002#.*#001#/)
        const steps: (readonly [SlapdLab, string])[] = [
          [two!, 'third'],
          [one!, 'fourth'],
          [two!, 'fifth'],
        ]
        for (const [lab, uid] of steps) {
          await change(lab, uid)
          last = await look(one!, last.memory)
          expect(last.changed['directory-accounts']).toBeDefined()
          inventory.take(last)
        }
        two!.client('ldapmodify', two!.root, [], `dn: uid=first,ou=People,${two!.suffix}\nchangetype: delete\n\n`)
        await arrives(one!, 'first', false)
        last = await look(one!, last.memory)
        expect(last.changed['directory-accounts']).toBeDefined()
        inventory.take(last)
        const fresh = new LookInventory()
        fresh.take(await look(one!))
        expect(inventory.lines()).toEqual(fresh.lines())
        expect((await look(two!, last.memory)).changed).toEqual({})
      },
    )

    test('where the server wants everything to be asked for anew, it is (e-syncRefreshRequired)', async () => {
      const { memory, findings } = await look(one!)
      let refused = 0
      const told = await lookAt(one!, simple(one!.root.dn, one!.root.password), {
        remembered: memory,
        through: (directory) => ({
          root: directory.root,
          server: directory.server,
          ...(directory.identity === undefined ? {} : { identity: directory.identity }),
          ...(directory.certificate === undefined ? {} : { certificate: directory.certificate }),
          async search(request, take, signal) {
            const end = await directory.search(request, take, signal)
            // What a cookie goes with is asked for once; its answer is 4096 in place of what there is.
            if (request.scope !== 'sub' || request.controls?.some(({ oid }) => oid === SYNC_REQUEST) !== true)
              return end
            refused++
            return { ...end, result: 4096, reason: { code: 'full-look-needed' } }
          },
        }),
      })
      expect(refused).toBe(1)
      expect(told.changed).toEqual({})
      expect(told.findings.length).toBe(findings.length)
      expect(told.memory).toBeDefined()
    })

    test('where the cookie is of changes that the server has lost, everything is looked at', async () => {
      const { memory } = await look(one!)
      const later = memory!['from']!.replaceAll(/csn=\d{4}/g, 'csn=2099')
      const told = await look(one!, { ...memory, from: later })
      expect(told.changed).toEqual({})
      expect(told.outcomes['directory-accounts']!.reasons).toContainEqual(
        expect.objectContaining({ code: 'full-look-needed' }),
      )
    })
  },
)
