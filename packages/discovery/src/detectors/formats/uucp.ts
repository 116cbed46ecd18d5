import { credentialFormat, type Sighting } from '../detector.ts'
import { linesOf, type Line } from '../readers/lines-of.ts'
import { secretOf } from '../dialects/secret-rules.ts'
import { wordsOf, type Word } from '../dialects/words.ts'

export default credentialFormat({
  id: 'uucp',
  title: 'UUCP: what is shown to other systems, who may call, and conversations in which somebody logs in',
  files: ['uucp/call', 'uucp/passwd', 'uucp/systems', 'uucp/l.sys', 'uucp/sys', 'l.sys'],
  whole: true,

  *read({ path, text }) {
    const file = path.slice(path.lastIndexOf('/') + 1).toLowerCase()
    const read = file === 'call' ? called : file === 'passwd' ? caller : file === 'sys' ? setting : conversation
    for (const line of linesOf(text)) {
      const words = /^[ \t]*#/.test(line.text) ? [] : wordsOf(text, line.at, line.at + line.text.length, '#')
      if (words.length > 1) yield* read(words, line)
    }
  },

  examples: [
    {
      title: 'systems that are called, with the name and the password that they want',
      path: '/etc/uucp/call',
      text: '# system login password\nuunet Umine oak-leaf-7\n',
      finds: [{ line: 2, account: 'Umine', system: 'uunet' }],
    },
    {
      title: 'who may call here',
      path: '/etc/uucp/passwd',
      text: '# login password\nUtheirs rowan-19\n',
      finds: [{ line: 2, account: 'Utheirs' }],
    },
    {
      title: 'a conversation, and settings of Taylor UUCP',
      path: '/usr/lib/uucp/L.sys',
      text: 'uunet Any ACU 19200 5551212 ogin:--ogin: Umine ssword: oak-leaf-7\n',
      finds: [{ line: 1, account: 'Umine', system: 'uunet' }],
    },
    {
      title: 'settings of systems',
      path: '/etc/uucp/sys',
      text: 'system uunet\ncall-login Umine\ncall-password oak-leaf-7\nchat ogin: \\L ssword: \\P\n',
      finds: [{ line: 3, name: 'call-password' }],
    },
    { title: 'nothing but comments', path: '/etc/uucp/call', text: '# call\n#\n', finds: [] },
  ],
})

type Read = (words: readonly Word[], line: Line) => Iterable<Sighting>

const say = (word: Word, name: string, account: string | undefined, system?: string) =>
  secretOf(word, { name, account, system, service: 'uucp' })

const called: Read = function* ([system, account, secret]) {
  if (secret !== undefined) yield say(secret, 'call', account!.text, system!.text)
}

const caller: Read = function* ([account, secret]) {
  yield say(secret!, 'passwd', account!.text.replace(/:$/, ''))
}

const setting: Read = function* ([name, secret]) {
  if (/^(?:call|called)-password$/i.test(name!.text)) yield say(secret!, name!.text.toLowerCase(), undefined)
}

/** What is waited for and what is said then, in turn: the words behind those that ask for a name and a password. */
const conversation: Read = function* (words) {
  const answer = (asks: RegExp) => {
    const at = words.findIndex(({ text }, index) => index > 3 && asks.test(text))
    return at < 0 ? undefined : words[at + 1]
  }
  const secret = answer(/ss(?:word|wd)?:{1,2}$/i)
  if (secret !== undefined && !/^\\[LP]/.test(secret.text))
    yield say(secret, 'chat', answer(/(?:og|gin|name):{1,2}$/i)?.text, words[0]!.text)
}
