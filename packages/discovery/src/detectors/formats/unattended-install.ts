import { credentialFormat, type Sighting } from '../detector.ts'
import { linesOf } from '../readers/lines-of.ts'
import { secretOf } from '../dialects/secret-rules.ts'
import { wordsOf, type Word } from '../dialects/words.ts'

export default credentialFormat({
  id: 'unattended-install',
  title: 'Passwords that installers set: preseed, debconf selections, kickstart',
  files: [
    '*preseed*',
    '*.seed',
    '*.preseed',
    '*kickstart*',
    'ks*.cfg',
    '*.ks',
    'anaconda-ks.cfg',
    'original-ks.cfg',
    '*selections*',
    'initial-setup-ks.cfg',
  ],
  announced: [' password', '\tpassword', 'rootpw'],
  begins: (head) =>
    /^(?:#+_?)?[\w.-]{1,60}[ \t]+[\w.+-]{1,60}\/[\w.+/-]{1,120}[ \t]+password[ \t]+\S|^rootpw[ \t]/m.test(head),
  whole: true,

  *read({ text }) {
    for (const { text: line, at } of linesOf(text)) {
      const mark = /^[ \t]*(?:#+[ \t]*)?/.exec(line)![0].length
      const commented = line.slice(0, mark).includes('#')
      const seeded = SEEDED.exec(line.slice(mark, mark + 4096))
      if (seeded !== null) {
        const [before, question = '', type, value = ''] = seeded
        if (value === '' || (type !== 'password' && !SECRET.test(question))) continue
        yield secretOf(
          { text: value, at: at + mark + before.length - value.length, length: value.length, quoted: false },
          {
            name: question,
            commented,
            account: accountOf(question),
            ...(question.endsWith('crypted') ? { valueClass: 'hash' } : {}),
          },
        )
      } else if (!commented || /^(?:rootpw|user|sshpw|bootloader)\b/.test(line.slice(mark)))
        yield* kickstart(
          wordsOf(line, mark, line.length, '#').map((word) => ({ ...word, at: at + word.at })),
          commented,
        )
    }
  },

  examples: [
    {
      title: 'Debian',
      path: '/root/preseed.cfg',
      text: `d-i passwd/root-password password oak-leaf-7
d-i passwd/root-password-again password oak-leaf-7
#d-i passwd/user-password-crypted password $6$abcdefgh$0123456789abcdef
d-i netcfg/wireless_wpa string rowan 19
d-i passwd/username string alice
mysql-server mysql-server/root_password password elm-4
d-i grub-installer/password password
`,
      finds: [
        { line: 1, account: 'root', name: 'passwd/root-password' },
        { line: 2, account: 'root' },
        { line: 3, is: 'hash', state: 'commented' },
        { line: 4 },
        { line: 6, account: 'root' },
      ],
    },
    {
      title: 'Red Hat',
      path: 'root/anaconda-ks.cfg',
      text: 'rootpw --iscrypted $6$abcdefgh$0123456789abcdef\nuser --groups=wheel --name=alice --password=oak-leaf-7 --plaintext\nbootloader --location=mbr --password=rowan.19\npart / --encrypted --passphrase=elm-4\nrootpw --lock\nauthselect select sssd\n',
      finds: [{ line: 1, is: 'hash', account: 'root' }, { line: 2, account: 'alice' }, { line: 3 }, { line: 4 }],
    },
    {
      title: 'answers without passwords',
      path: 'preseed.cfg',
      text: 'd-i debian-installer/locale string en_US\nd-i passwd/root-login boolean false\n### Account setup\n# Root password, either in clear text\n#d-i passwd/root-password-again password\n',
      finds: [],
    },
  ],
})

const SEEDED = /^[\w.+-]{1,80}[ \t]+([\w.+/-]{1,200})[ \t]+(password|string)[ \t]+(\S(?:.{0,1022}\S)?)(?=[ \t]*$)/
const SECRET = /(?:password|passwd|passphrase|wireless_wpa|wireless_wep|_pass|-pass|secret)(?:-crypted|-again)?$/i

const accountOf = (question: string): string | undefined =>
  /(?:^|[/_-])root[_-]?(?:pass|pw)/.test(question) ? 'root' : undefined

const COMMANDS = new Set([
  'rootpw',
  'user',
  'sshpw',
  'bootloader',
  'part',
  'partition',
  'logvol',
  'raid',
  'autopart',
  'network',
  'realm',
  'iscsi',
  'clearpart',
  'reqpart',
  'snapshot',
  'volgroup',
])

function* kickstart(words: readonly Word[], commented: boolean): Iterable<Sighting> {
  const [command] = words
  if (command === undefined || !COMMANDS.has(command.text)) return
  const option = (name: string) =>
    words
      .find(({ text }) => text.startsWith(`--${name}=`))
      ?.text.slice(name.length + 3)
      .replaceAll(/^["']|["']$/g, '')
  const hashed = words.some(({ text }) => text === '--iscrypted') ? ({ valueClass: 'hash' } as const) : {}
  for (const word of words.slice(1)) {
    const match =
      /^--(password|passphrase|wpakey|wepkey|one-time-password|reverse-password)=(["']?)([^"']{1,512})\2$/.exec(
        word.text,
      )
    if (match === null) continue
    const value = match[3]!
    yield secretOf(
      {
        text: value,
        at: word.at + word.length - value.length - match[2]!.length,
        length: value.length,
        quoted: match[2] !== '',
      },
      {
        name: `${command.text}.${match[1]}`,
        commented,
        account: option('name') ?? option('username') ?? option('user'),
        system: option('essid'),
        ...hashed,
      },
    )
  }
  const last = words.at(-1)
  if (
    (command.text === 'rootpw' || command.text === 'sshpw') &&
    last !== undefined &&
    words.length > 1 &&
    !last.text.startsWith('--') &&
    (!commented || words.length < 5)
  )
    yield secretOf(last, {
      name: command.text,
      commented,
      account: command.text === 'rootpw' ? 'root' : option('username'),
      ...hashed,
    })
}
