import { credentialFormat, type CredentialFile, type Sighting } from '../detector.ts'
import { linesOf } from '../readers/lines-of.ts'

/** Tables of accounts or hosts with their secrets, in files that are called after them. */
export default credentialFormat({
  id: 'secret-tables',
  title: 'Tables of two columns in files called after secrets, users or who is let in: whose it is, and the secret',
  files: [
    '*secrets',
    '*.secret',
    '*secrets.conf',
    '*secrets.txt',
    '*.users',
    '*-users',
    '*_users',
    '*users.conf',
    '*users.txt',
    '*users.allow',
    '*.allow',
    '*passwords',
    '*passwords.txt',
  ],
  read: (file) => rowsOf(file),

  examples: [
    {
      title: 'hosts, and what they show',
      path: '/etc/shop/secrets',
      text: '# host:secret\nnode1.example.org:oak-leaf-7\n*:rowan.19\n',
      finds: [
        { line: 2, account: 'node1.example.org' },
        { line: 3, account: '*' },
      ],
    },
    {
      title: 'accounts, parted by blanks',
      path: '/etc/shop/shop.users',
      text: 'alice   oak-leaf-7\nbob\trowan.19x # of the shop\n',
      finds: [
        { line: 1, account: 'alice' },
        { line: 2, account: 'bob' },
      ],
    },
    {
      title: 'who may connect from where',
      path: '/etc/hosts.allow',
      text: 'sshd: ALL\nsmtp: 10.0.0.1\nftpd: .example.org\n',
      finds: [],
    },
    {
      title: 'settings of another kind',
      path: '/etc/shop/users.conf',
      text: '[general]\nfullname = New User\nhasvoicemail yes\n',
      finds: [],
    },
  ],
})

function* rowsOf({ path, text }: CredentialFile): Generator<Sighting> {
  if (/(?:^|\/)(?:hosts|cron|at)\.allow|\/doc-base\//.test(path)) return
  const rows: Sighting[] = []
  for (const line of linesOf(text)) {
    if (/^[ \t]*(?:[#;!].*)?$/.test(line.text)) continue
    const match = ROW.exec(line.text)
    // One line that is none says that the file is another.
    if (match === null || rows.length >= MOST) return
    const [, lead = '', account = '', between = '', value = ''] = match
    if (NO_SECRET.test(value)) return
    rows.push({
      at: line.at + lead.length + account.length + between.length,
      length: value.length,
      secret: 'password',
      account,
      evidence: 'format',
      by: 'name',
      quoted: true,
    })
  }
  yield* rows
}

const ROW = /^([ \t]*)([\w.@*+-]{1,128})([ \t]*:[ \t]*|[ \t]{1,40})([^\s:]{4,256})(?:[ \t]+[#;].*)?[ \t]*$/
/** Addresses, paths, lists, and words of rules. */
const NO_SECRET =
  /^(?:=|\.|\/|\d{1,3}(?:\.\d{1,3}){3}|(?:[\w-]+\.)+[a-z]{2,24}\.?$|.*,|(?:allow|deny|none|true|false|everyone|local|admin|reader|writer|operator)$)/i
const MOST = 2000
