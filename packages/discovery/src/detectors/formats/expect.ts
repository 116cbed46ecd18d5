import { credentialFormat, type Sighting } from '../detector.ts'
import { sighting } from '../readers/sighting.ts'

/** What is asked for by name and then sent, ended by a carriage return. */
const ANSWER =
  /(?:assw(?:or)?d|assphrase|asscode)[^"'{}\n]{0,40}["'}][ \t]*[;{]?\s{0,40}\{?\s{0,40}(?:exp_)?send(?:line)?[ \t]+(?:--[ \t]+)?"((?:[^"\\\n]|\\(?!r)[^\n]){1,256})(?:\\[rn]){0,2}"/g

/** A name and a password that are said in one. */
const LOGIN = /(\bsend[ \t]+"auth[ \t]+([\w.@-]{1,64}):)(?!PASS)([^\s"\\]{1,128})(?=\\[rn]|")/g

export default credentialFormat({
  id: 'expect',
  title: 'Answers to questions for passwords in scripts of Expect, and in what powerman says to devices',
  files: ['*.exp', '*.expect', 'powerman/*.dev'],
  begins: (head) => /^#![^\n]{0,80}expect\b/.test(head) || (head.includes('spawn ') && /\bexpect\b/.test(head)),

  *read({ text }): Iterable<Sighting> {
    for (const match of text.matchAll(LOGIN)) {
      const [, lead = '', account = '', value = ''] = match
      const at = match.index + lead.length
      yield sighting({ at, length: value.length, secret: 'password', name: 'send', evidence: 'argument', account })
    }
    for (const match of text.matchAll(ANSWER)) {
      const [whole, value = ''] = match
      const at = match.index + whole.lastIndexOf(value)
      yield sighting({ at, length: value.length, secret: 'password', name: 'send', evidence: 'argument' })
    }
  },

  examples: [
    {
      title: 'what is sent when a password is asked for',
      path: '/root/copy.exp',
      text: '#!/usr/bin/expect -f\nspawn scp a alice@web:\nexpect "assword:"\nsend "oak-leaf-7\\r"\n',
      finds: [{ line: 4 }],
    },
    {
      title: 'within a script of the shell, and with several questions',
      path: '/root/copy.sh',
      text: '#!/bin/sh\nexpect -c \'spawn ssh alice@web; expect { "yes/no" { send "yes\\r" } "*password:" { send -- "rowan-19\\r" } }\'\n',
      finds: [{ line: 2 }],
    },
    {
      title: 'a variable is where it really comes from',
      path: '/root/copy.exp',
      text: 'spawn ssh web\nexpect "Password: "\nsend "$password\\r"\n',
      finds: [{ line: 3, is: 'reference', reference: '$password' }],
    },
    {
      title: 'what powerman logs in to devices with',
      path: '/etc/powerman/x.dev',
      text: 'script login {\n  expect "password: "\n  send "oak-leaf-7\\r\\n"\n}\nscript login { send "auth alice:rowan-19\\n" }\n',
      finds: [{ line: 3 }, { line: 5, account: 'alice' }],
    },
    { title: 'other answers', path: '/root/copy.exp', text: 'expect "yes/no"\nsend "yes\\r"\n', finds: [] },
  ],
})
