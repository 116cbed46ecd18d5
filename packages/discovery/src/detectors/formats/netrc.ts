import { credentialFormat, type Sighting } from '../detector.ts'

export default credentialFormat({
  id: 'netrc',
  title: 'Logins for machines that curl, git and ftp use: `.netrc`',
  files: ['.netrc', '_netrc', '*.netrc'],
  whole: true,

  *read({ text }) {
    const words = wordsOf(text)
    let system: string | undefined
    let account: string | undefined
    for (let index = 0; index < words.length; index++) {
      const { word } = words[index]!
      const next = words[index + 1]
      if (word === 'default') {
        system = undefined
        account = undefined
      } else if (next !== undefined && ARGUMENT.has(word)) {
        index++
        if (word === 'machine') {
          system = next.word
          account = undefined
        } else if (word === 'login' || word === 'user') account = next.word
        else if (word !== 'account') yield password(word, next, account ?? loginAfter(words, index), system)
      }
    }
  },

  examples: [
    {
      title: 'each machine has its login and password, on one line or several',
      path: '/root/.netrc',
      text: 'machine ftp.example.org login alice password oak-leaf-7\nmachine api.example.org\n  password rowan.19\n  login bob\n',
      finds: [
        { line: 1, name: 'password', account: 'alice', system: 'ftp.example.org' },
        { line: 3, name: 'password', account: 'bob', system: 'api.example.org' },
      ],
    },
    {
      title: 'what belongs to no machine belongs to all others; a value between quotes is what is between them',
      path: '/home/a/.netrc',
      text: 'default login anonymous password "two words"\n',
      finds: [{ line: 1, name: 'password', account: 'anonymous' }],
    },
    {
      title: 'macros and comments are no logins',
      path: '/home/a/.netrc',
      text: '# machine x login y password none\nmacdef init\nbinary\n\nmachine h login me\n',
      finds: [],
    },
  ],
})

interface Word {
  readonly word: string
  readonly at: number
  readonly length: number
}

const ARGUMENT = new Set(['machine', 'login', 'user', 'password', 'passwd', 'account'])

/** Words as curl and ftp read them: between blanks, or between double quotes with backslashes. Macros end at an empty line. */
const wordsOf = (text: string): Word[] => {
  const words: Word[] = []
  for (const match of text.matchAll(WORD)) {
    const [whole, quoted, bare] = match
    if (quoted !== undefined) {
      const word = quoted.replaceAll(/\\(.)/g, '$1')
      words.push({ word, at: match.index + 1, length: quoted.length })
    } else if (bare !== undefined) words.push({ word: bare, at: match.index, length: whole.length })
    if (words.length >= MOST_WORDS) break
  }
  return words
}

const WORD = /(?:^|(?<=\n))[ \t]*#[^\n]*|(?<!\S)macdef\b(?:[^\n]+\n)*(?=\n|$)|"((?:[^"\\\n]|\\.)*)"|(\S+)/g
const MOST_WORDS = 20_000

const password = (
  name: string,
  { word, at, length }: Word,
  account: string | undefined,
  system: string | undefined,
): Sighting => ({
  at,
  length,
  value: word,
  secret: 'password',
  name,
  ...(account === undefined ? {} : { account }),
  ...(system === undefined ? {} : { system }),
  evidence: 'format',
  by: 'format',
})

/** The login may stand behind the password, as long as no other machine begins. */
const loginAfter = (words: readonly Word[], from: number): string | undefined => {
  for (let index = from + 1; index + 1 < Math.min(words.length, from + 6); index++) {
    const { word } = words[index]!
    if (word === 'machine' || word === 'default') return undefined
    if (word === 'login' || word === 'user') return words[index + 1]!.word
  }
  return undefined
}
