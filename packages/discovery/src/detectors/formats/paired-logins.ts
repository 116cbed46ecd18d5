import { credentialFormat, type Sighting } from '../detector.ts'
import { linesOf, type Line } from '../readers/lines-of.ts'
import { sighting } from '../readers/sighting.ts'
import { wordsOf, type Word } from '../readers/words-of.ts'

/** Settings that have accounts and secrets in pairs: whoever comes, and what is shown in return. */
export default credentialFormat({
  id: 'paired-logins',
  title:
    'Accounts and secrets in pairs: CHAP of iSCSI targets (istgt, ctld), mailboxes that are copied, and what is written like them',
  files: ['istgt/*', 'istgt.conf', 'auth.conf', 'ctl.conf', '*chap*.conf', '*chap-auth*', 'imapcopy*.cfg'],
  begins: (head) => PAIRED.test(head),

  *read({ text }) {
    let continues = false
    for (const line of linesOf(text)) {
      const pairs: RegExpExecArray | null = DIRECTIVE.exec(line.text) ?? (continues ? CONTINUED.exec(line.text) : null)
      continues = pairs !== null
      if (pairs !== null) yield* pairsOf(line, pairs[0].length, /[#;]/.test(pairs[0]))
    }
  },

  examples: [
    {
      title: 'who may come, and how the target answers; also on the next line',
      path: '/etc/istgt/auth.conf',
      text: '[AuthGroup1]\n  Auth "alice" "oak-leaf-7" "target" "rowan.19"\n  Auth "bob" "birch-12x" \\\n       "target" "elm-tree-3"\n  #Auth "carol" "alder-5-x"\n',
      finds: [
        { line: 2, account: 'alice' },
        { line: 2, account: 'target' },
        { line: 3, account: 'bob' },
        { line: 4, account: 'target' },
        { line: 5, account: 'carol', state: 'commented' },
      ],
    },
    {
      title: 'groups of ctld',
      path: '/etc/ctl.conf',
      text: 'auth-group ag0 {\n\tchap alice oak-leaf-7\n\tchap-mutual "bob" "birch-12x" "target" "rowan.19"\n}\n',
      finds: [
        { line: 2, account: 'alice' },
        { line: 3, account: 'bob' },
        { line: 3, account: 'target' },
      ],
    },
    {
      title: 'mailboxes that are copied',
      path: '/etc/ImapCopy.cfg',
      text: 'SourceServer imap1.example.org\nCopy "alice" "oak-leaf-7" "alice" "rowan.19"\n',
      finds: [
        { line: 2, account: 'alice' },
        { line: 2, account: 'alice' },
      ],
    },
    {
      title: 'other settings with strings',
      path: '/etc/istgt/istgt.conf',
      text: '[Global]\n  Comment "Global section" "of all"\n  AuthMethod Auto\n  AuthGroup None\n  auth required\n',
      finds: [],
    },
  ],
})

const DIRECTIVE = /^[ \t]*(?:[#;][ \t]?)?(?:auth|chap|chap-mutual|login|copy)[ \t]+(?=["'\w])/i
const CONTINUED = /^[ \t]+(?=["'])/
const PAIRED =
  /^[ \t]*(?:auth|chap|chap-mutual|login)[ \t]+"[^"\n]{1,128}"[ \t]+"[^"\n]{1,256}"(?:[ \t]+"|[ \t]*\\?\r?$)/im

function* pairsOf({ text, at }: Line, from: number, commented: boolean): Generator<Sighting> {
  const words = wordsOf(text.slice(from).replace(/[ \t]*(?:\\|#.*|;)?[ \t]*$/, ''), at + from)
  const bare = words.some(({ quoted }) => !quoted)
  if ((words.length !== 2 && words.length !== 4) || (bare && !/^[ \t]*chap/i.test(text))) return
  for (let index = 0; index < words.length; index += 2) {
    const secret: Word = words[index + 1]!
    yield sighting({
      at: secret.at,
      length: secret.length,
      value: secret.word,
      secret: 'password',
      account: words[index]!.word,
      service: /^[ \t]*copy/i.test(text) ? 'imap' : 'iscsi',
      commented,
      ...(secret.quoted ? { quoted: true as const } : {}),
    })
  }
}
