import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
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

  let byChange = 0
  test('whatever is edited, looks at changes leave behind what a look at everything finds', { timeout: 120_000 }, () =>
    fc.assert(
      fc.asyncProperty(
        fc.constantFrom(lab.root, ...Object.values(SLAPD_PEOPLE)),
        fc.array(fc.array(editOf(lab.suffix), { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 4 }),
        async (who, rounds) => {
          tryEdit(() => lab.client('ldapdelete', lab.root, ['-r', `ou=Any,${lab.suffix}`]))
          edit(START(lab.suffix))
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

/** Edits that the server refuses leave everything as it was. */
const tryEdit = (run: () => void) => {
  try {
    run()
  } catch {}
}

const START = (suffix: string) =>
  ['', 'ou=One,', 'ou=Two,']
    .map(
      (rdn) =>
        `dn: ${rdn}ou=Any,${suffix}\nchangetype: add\nobjectClass: organizationalUnit\nou: ${rdn === '' ? 'Any' : rdn.slice(3, -1)}\n\n`,
    )
    .join('')

const KEY = `ssh-ed25519 ${Buffer.concat([Buffer.from('\0\0\0\x0bssh-ed25519\0\0\0\x20', 'latin1'), Buffer.alloc(32, 7)]).toString('base64')} any`

/** One edit of few entries, so that they meet: accounts that share names and numbers, groups that name what is not there. */
const editOf = (suffix: string): fc.Arbitrary<string> => {
  const place = fc.constantFrom('ou=One', 'ou=Two').map((ou) => `${ou},ou=Any,${suffix}`)
  const name = fc.constantFrom('a', 'b', 'c', 'd e', 'f\\, g', 'h|%n')
  const dn = fc.tuple(name, place).map(([uid, ou]) => `uid=${uid},${ou}`)
  const groupName = fc.constantFrom('g1', 'g2', 'g3')
  const groupDn = fc.tuple(groupName, place).map(([cn, ou]) => `cn=${cn},${ou}`)
  const plain = (text: string) => text.replaceAll('\\', '')
  const number = fc.constantFrom(0, 7001, 7002)
  const member = fc.oneof(dn, groupDn, fc.constant(`cn=ldap-admins,ou=Groups,${suffix}`))
  const change = (what: fc.Arbitrary<string>, lines: fc.Arbitrary<string>) =>
    fc.tuple(what, lines).map(([of, text]) => `dn: ${of}\nchangetype: modify\n${text}\n\n`)
  return fc.oneof(
    fc
      .tuple(dn, name, number, fc.boolean(), fc.boolean())
      .map(
        ([of, uid, uidNumber, key, secret]) =>
          `dn: ${of}\nchangetype: add\nobjectClass: inetOrgPerson\nobjectClass: posixAccount\n${key ? `objectClass: ldapPublicKey\nsshPublicKey: ${KEY}\n` : ''}uid: ${plain(uid)}\ncn: ${plain(uid)}\nsn: x\nuidNumber: ${uidNumber}\ngidNumber: 1\nhomeDirectory: /x\n${secret ? 'description: my password is Rowan-7-Xyz!\nuserPassword: {SSHA}abcdefghijklmnopqrstuvwxyz12\n' : ''}\n`,
      ),
    dn.map((of) => `dn: ${of}\nchangetype: delete\n\n`),
    groupDn.map((of) => `dn: ${of}\nchangetype: delete\n\n`),
    fc
      .tuple(dn, name, place)
      .map(
        ([of, uid, ou]) => `dn: ${of}\nchangetype: modrdn\nnewrdn: uid=${uid}\ndeleteoldrdn: 1\nnewsuperior: ${ou}\n\n`,
      ),
    fc
      .tuple(groupDn, groupName, place)
      .map(
        ([of, cn, ou]) => `dn: ${of}\nchangetype: modrdn\nnewrdn: cn=${cn}\ndeleteoldrdn: 1\nnewsuperior: ${ou}\n\n`,
      ),
    change(
      dn,
      number.map((to) => `replace: uidNumber\nuidNumber: ${to}`),
    ),
    change(dn, fc.constantFrom('delete: sshPublicKey', 'delete: description', 'delete: userPassword')),
    change(
      dn,
      fc
        .constantFrom('userPassword: clear', 'pwdReset: TRUE', 'title: x')
        .map((line) => `replace: ${line.split(':', 1)[0]}\n${line}`),
    ),
    // It is no account any more but for being a person, and a device can be none.
    change(
      dn,
      fc.constant(
        'delete: objectClass\nobjectClass: posixAccount\n-\ndelete: uidNumber\n-\ndelete: gidNumber\n-\ndelete: homeDirectory',
      ),
    ),
    change(
      dn,
      dn.map((to) => `replace: authzTo\nauthzTo: dn:${to}`),
    ),
    change(dn, fc.constant('delete: authzTo')),
    fc
      .tuple(groupDn, member)
      .map(([of, to]) => `dn: ${of}\nchangetype: add\nobjectClass: groupOfNames\nmember: ${to}\n\n`),
    fc
      .tuple(groupDn, name)
      .map(
        ([of, uid]) =>
          `dn: ${of}\nchangetype: add\nobjectClass: posixGroup\ngidNumber: 1\nmemberUid: ${plain(uid)}\n\n`,
      ),
    change(
      groupDn,
      member.map((to) => `add: member\nmember: ${to}`),
    ),
    change(
      groupDn,
      member.map((to) => `delete: member\nmember: ${to}`),
    ),
    fc
      .tuple(name, name)
      .map(
        ([cn, user]) =>
          `dn: cn=${cn},ou=One,ou=Any,${suffix}\nchangetype: add\nobjectClass: sudoRole\nsudoUser: ${plain(user)}\nsudoHost: ALL\nsudoCommand: ALL\n\n`,
      ),
    name.map((cn) => `dn: cn=${cn},ou=One,ou=Any,${suffix}\nchangetype: delete\n\n`),
    fc
      .tuple(fc.constantFrom('One', 'Two'), fc.constantFrom('Hidden', 'Any'))
      .map(
        ([ou, to]) =>
          `dn: ou=${ou},ou=Any,${suffix}\nchangetype: modrdn\nnewrdn: ou=${ou}\ndeleteoldrdn: 1\nnewsuperior: ou=${to},${suffix}\n\n`,
      ),
    fc
      .constantFrom('One', 'Two')
      .map(
        (ou) =>
          `dn: ou=${ou},ou=Hidden,${suffix}\nchangetype: modrdn\nnewrdn: ou=${ou}\ndeleteoldrdn: 1\nnewsuperior: ou=Any,${suffix}\n\n`,
      ),
    fc.constant('restart'),
  )
}
