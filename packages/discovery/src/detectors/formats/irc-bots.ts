import { credentialFormat } from '../detector.ts'
import { linesOf } from '../readers/lines-of.ts'
import { sighting } from '../readers/sighting.ts'

export default credentialFormat({
  id: 'irc-bots',
  title: 'Bots for IRC written in Tcl: servers with a password, keys of channels',
  files: ['eggdrop*.conf', 'eggdrop/*.conf', '*.eggdrop'],
  begins: (head) => /^#![^\n]{0,80}eggdrop\b/.test(head),

  *read({ text }) {
    for (const { text: line, at } of linesOf(text)) {
      const [, lead = '', mark = '', host = '', secret = ''] = SERVER.exec(line) ?? ADDED.exec(line) ?? []
      if (secret !== '')
        yield sighting({
          at: at + lead.length,
          length: secret.length,
          secret: 'password',
          system: host,
          service: 'irc',
          commented: mark !== '',
        })
    }
  },

  examples: [
    {
      title: 'servers in a list, and one that is added',
      path: '/home/bot/eggdrop.conf',
      text: 'set servers {\n  irc.example.org:7000:oak-leaf-7\n  [2001:db8::7]:6669:rowan-19\n  irc2.example.org:6667\n}\nserver add irc3.example.org 6667 birch-12x\n',
      finds: [
        { line: 2, system: 'irc.example.org:7000' },
        { line: 3, system: '[2001:db8::7]:6669' },
        { line: 6, system: 'irc3.example.org' },
      ],
    },
    {
      title: 'servers that ask for nothing',
      path: '/home/bot/eggdrop.conf',
      text: 'set servers {\n  irc2.example.org:6667\n}\nset nick "bot"\n',
      finds: [],
    },
  ],
})

const SERVER =
  /^([ \t]*(#?)[ \t]*((?:\[[0-9a-f:]{2,64}\]|[\w.-]{1,255}\.[\w-]{2,63}):[+]?\d{2,5}):)([^\s:;{}]{1,200})[ \t]*$/i
const ADDED =
  /^([ \t]*(#?)[ \t]*(?:server add|addserver)[ \t]+(\S{1,255})[ \t]+[+]?\d{2,5}[ \t]+)([^\s;{}]{1,200})[ \t]*$/
