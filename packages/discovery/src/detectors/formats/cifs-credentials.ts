import { credentialFormat } from '../detector.ts'
import { linesOf } from '../readers/lines-of.ts'
import { sighting } from '../readers/sighting.ts'

/** Files that `mount.cifs`, `smbclient -A` and their kin read: `username=`, `password=`, `domain=` and nothing else. */
export default credentialFormat({
  id: 'cifs-credentials',
  title: 'Logins for SMB shares: `.smbcredentials` and the like',
  files: [
    '.smbcredentials',
    '.smbcred',
    '.smbcreds',
    '*.smbcredentials',
    '.cifscredentials',
    '.cifs',
    '*.smbcred',
    '.smb/*',
    '*.cifs',
    'smbcredentials',
    'cifs-credentials',
  ],
  begins: (head) => head.length < 4096 && ALL_OF_THEM.test(head),
  whole: true,

  *read({ text }) {
    const found: { at: number; value: string; commented: boolean }[] = []
    let account: string | undefined
    let domain: string | undefined
    for (const { text: line, at } of linesOf(text)) {
      const match =
        /^[ \t]*(#[ \t]*)?(user|username|pass|password|password2|dom|domain|workgroup)[ \t]*=[ \t]*(.*)$/i.exec(line)
      if (match === null) continue
      const [, comment, name = '', tail = ''] = match
      const key = name.toLowerCase()
      if (key.startsWith('pass')) {
        if (found.length < 100)
          found.push({ at: at + line.length - tail.length, value: tail, commented: comment !== undefined })
      } else if (comment !== undefined) continue
      else if (key.startsWith('user')) account ??= tail.trim()
      else domain ??= tail.trim()
    }
    const inUser = account === undefined ? null : /^(?:([^\\/%]{1,128})[\\/])?([^%]{1,256})/.exec(account)
    const whose = inUser?.[2] ?? account
    const where = domain ?? inUser?.[1]
    for (const { at, value, commented } of found)
      yield sighting({
        at,
        length: value.length,
        secret: 'password',
        name: 'password',
        account: whose,
        system: where,
        service: 'smb',
        commented,
      })
  },

  examples: [
    {
      title: 'the account, its password to the end of the line, its domain',
      path: '/root/.smbcredentials',
      text: 'username=alice\npassword=oak leaf,7 \ndomain=EXAMPLE\n',
      finds: [{ line: 2, account: 'alice', system: 'EXAMPLE', service: 'smb' }],
    },
    {
      title: 'such a file of any name; the domain may stand before the account',
      path: '/etc/backup-share',
      text: '# share of the backup\nuser=CORP\\svc-backup\npassword = rowan-19\n#password=birch-12\n',
      finds: [
        { line: 3, account: 'svc-backup', system: 'CORP' },
        { line: 4, account: 'svc-backup', system: 'CORP', state: 'commented' },
      ],
    },
    {
      title: 'a file that holds other settings as well is something else, one without a password keeps none',
      path: '/etc/other.conf',
      text: 'username=alice\npassword=x\nport=80\n',
      finds: [],
    },
  ],
})

/** Nothing but such lines, with a password among them and an account. */
const ALL_OF_THEM =
  /^(?=(?:[^\n]*\n){0,20}?[ \t]*user(?:name)?[ \t]*=)(?=(?:[^\n]*\n){0,20}?[ \t]*pass(?:word)?[ \t]*=)(?:[ \t]*(?:#[^\n]*|(?:username|user|password2?|pass|domain|dom|workgroup)[ \t]*=[^\n]*)?(?:\n|$)){1,30}$/i
