import { execFileSync } from 'node:child_process'
import { renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { editedTree, editOf, tryEdit } from './lab/directories/directory-edits.ts'
import { lookAt, simple, type Look } from './lab/directories/look-at.ts'
import { LookInventory } from './lab/directories/look-inventory.ts'
import {
  labKeys,
  SLAPD_ACCESS,
  SLAPD_CONFIG_ACCESS,
  SLAPD_DATABASE,
  SLAPD_PEOPLE,
  slapdData,
} from './lab/directories/slapd-truth.ts'
import { slapdLacks, startSlapd, type SlapdLab, type SlapdLogin } from './lab/directories/slapd.ts'

/* What looks at changes of a real OpenLDAP leave behind, beside a look at everything. */

const skipped = slapdLacks()

describe.skipIf(skipped !== undefined)(`OpenLDAP${skipped === undefined ? '' : ` (skipped: ${skipped})`}`, () => {
  let lab: SlapdLab
  const keys = skipped === undefined ? labKeys() : undefined

  beforeAll(async () => {
    lab = await startSlapd({
      data: slapdData(keys!),
      access: SLAPD_ACCESS,
      configAccess: SLAPD_CONFIG_ACCESS,
      database: SLAPD_DATABASE,
      global: ['olcAuthzPolicy: to'],
    })
  })
  afterAll(async () => {
    await lab?.[Symbol.asyncDispose]()
  })

  const now = new Date()
  const look = (who: SlapdLogin, remembered?: Look['memory']) =>
    lookAt(lab, simple(who.dn, who.password), { remembered, now })
  const edit = (ldif: string) => lab.client('ldapmodify', lab.root, ['-c'], ldif)

  /** Looks at everything, edits, looks at what changed, and gives what is then known beside what another look at everything gives. */
  const follow = async (who: SlapdLogin, ...edits: readonly string[]) => {
    const first = await look(who)
    const inventory = new LookInventory()
    inventory.take(first)
    let last = first
    for (const ldif of edits) {
      edit(ldif)
      last = await look(who, last.memory)
      inventory.take(last)
    }
    const fresh = new LookInventory()
    fresh.take(await look(who))
    return { known: inventory.lines(), fresh: fresh.lines(), last }
  }

  test('a look with nothing changed tells nothing of accounts', async () => {
    const first = await look(lab.root)
    expect(first.memory).toBeDefined()
    const second = await look(lab.root, first.memory)
    // But of those whose rules count for others, which are always read: there is one.
    expect(second.changed['directory-accounts']).toHaveLength(1)
    const told = second.findings.filter(({ kind }) => kind === 'directory-account')
    expect(told.map((finding) => 'object' in finding && finding.object)).toEqual(second.changed['directory-accounts'])
    expect(second.changed['directory-groups']).toEqual([])
  })

  test.each(Object.entries({ root: undefined, ...SLAPD_PEOPLE }))(
    'changes of each kind are told to %s',
    async (_, who) => {
      const people = `ou=People,${lab.suffix}`
      const { known, fresh, last } = await follow(
        who ?? lab.root,
        `dn: uid=alice,${people}\nchangetype: modify\nreplace: loginShell\nloginShell: /bin/zsh\n\n`,
        `dn: uid=new1,${people}\nchangetype: add\nobjectClass: inetOrgPerson\nobjectClass: posixAccount\nuid: new1\ncn: new\nsn: one\nuidNumber: 0\ngidNumber: 0\nhomeDirectory: /root\n\n`,
        `dn: uid=new1,${people}\nchangetype: modrdn\nnewrdn: uid=new2\ndeleteoldrdn: 1\n\n`,
        `dn: uid=new2,${people}\nchangetype: delete\n\n`,
      )
      expect(last.changed['directory-accounts']).toBeDefined()
      expect(known).toEqual(fresh)
    },
  )

  test('a database that was restored, and changed again since, is looked at as a whole', async () => {
    const folder = dirname(dirname(lab.authorityFile))
    const title = (text: string) =>
      `dn: uid=alice,ou=People,${lab.suffix}\nchangetype: modify\nreplace: title\ntitle: ${text}\n\n`
    await lab.stop()
    execFileSync('cp', ['-a', '--sparse=always', join(folder, 'db'), join(folder, 'copy')])
    await lab.start()
    edit(title('reverted'))
    const before = await look(lab.root)
    expect(JSON.stringify(before.findings)).toContain('"title":"reverted"')
    await lab.stop()
    rmSync(join(folder, 'db'), { recursive: true })
    renameSync(join(folder, 'copy'), join(folder, 'db'))
    await lab.start()
    edit(`dn: uid=bob,ou=People,${lab.suffix}\nchangetype: modify\nreplace: title\ntitle: later\n\n`)
    const after = await look(lab.root, before.memory)
    expect(after.outcomes['directory-accounts']!.reasons).toContainEqual(
      expect.objectContaining({ code: 'full-look-needed' }),
    )
    expect(after.changed).toEqual({})
    expect(JSON.stringify(after.findings)).not.toContain('"title":"reverted"')
  })

  test('another server is looked at as a whole, and so is one for another login', async () => {
    const { memory } = await look(lab.root)
    await using other = await startSlapd({ data: lab.offline('slapcat', ['-n', '1', '-a', '(uid=alice)']) })
    const there = await lookAt(other, simple(other.root.dn, other.root.password), { remembered: memory, now })
    expect(there.changed).toEqual({})
    expect((await look(SLAPD_PEOPLE.ordinary, memory)).changed).toEqual({})
  })

  let byChange = 0
  test('whatever is edited, looks at changes leave behind what a look at everything finds', { timeout: 120_000 }, () =>
    fc.assert(
      fc.asyncProperty(
        fc.constantFrom(lab.root, ...Object.values(SLAPD_PEOPLE)),
        fc.array(fc.array(editOf(lab.suffix), { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 4 }),
        async (who, rounds) => {
          tryEdit(() => lab.client('ldapdelete', lab.root, ['-r', `ou=Any,${lab.suffix}`]))
          edit(editedTree(lab.suffix))
          const inventory = new LookInventory()
          let last = await look(who)
          inventory.take(last)
          for (const edits of rounds) {
            for (const one of edits)
              if (one === 'restart') {
                await lab.stop()
                await lab.start()
              } else tryEdit(() => edit(one))
            last = await look(who, last.memory)
            inventory.take(last)
            if (last.changed['directory-accounts'] !== undefined) byChange++
          }
          const fresh = new LookInventory()
          fresh.take(await look(who))
          expect(inventory.lines()).toEqual(fresh.lines())
        },
      ),
      { numRuns: Number(process.env['RUNS'] ?? 5) },
    ),
  )
  test('most of those were looks at changes', () => {
    expect(byChange).toBeGreaterThan(2)
  })
})
