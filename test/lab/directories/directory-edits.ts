import fc from 'fast-check'

/** Edits that the server refuses leave everything as it was. */
export const tryEdit = (run: () => void) => {
  try {
    run()
  } catch {}
}

/** The entries that edits are of. */
export const editedTree = (suffix: string) =>
  ['', 'ou=One,', 'ou=Two,']
    .map(
      (rdn) =>
        `dn: ${rdn}ou=Any,${suffix}\nchangetype: add\nobjectClass: organizationalUnit\nou: ${rdn === '' ? 'Any' : rdn.slice(3, -1)}\n\n`,
    )
    .join('')

const KEY = `ssh-ed25519 ${Buffer.concat([Buffer.from('\0\0\0\x0bssh-ed25519\0\0\0\x20', 'latin1'), Buffer.alloc(32, 7)]).toString('base64')} any`

/** One edit of few entries, so that they meet: accounts that share names and numbers, groups that name what is not there. */
export const editOf = (suffix: string): fc.Arbitrary<string> => {
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
