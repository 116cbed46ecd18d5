import { credentialFormat, type Entry } from '../detector.ts'
import { secretsAmong } from '../names/secrets-among.ts'
import { linesOf } from '../readers/lines-of.ts'

export default credentialFormat({
  id: 'dockerfile',
  title: 'Recipes for container images: variables that they hold',
  files: ['dockerfile', 'dockerfile.*', '*.dockerfile', 'containerfile', 'containerfile.*', '*.containerfile'],
  named: true,

  read: (file) => secretsAmong(variablesOf(file.text)),

  examples: [
    {
      title: 'variables of the image and of its building',
      path: '/srv/shop/Dockerfile',
      text: 'FROM debian:12\nENV DB_USER=shop DB_PASSWORD="oak leaf 7" \\\n    API_TOKEN=rowan-19x\nARG NPM_TOKEN\nENV OLD_PASSWORD birch-12\n',
      finds: [
        { line: 2, name: 'DB_PASSWORD', account: 'shop' },
        { line: 3, name: 'API_TOKEN' },
        { line: 5, name: 'OLD_PASSWORD' },
      ],
    },
    {
      title: 'nothing secret',
      path: '/srv/shop/Dockerfile',
      text: 'FROM debian:12\nARG TOKEN\nENV DB_PASSWORD_FILE=/run/secrets/db PASSWORD=\nRUN passwd -d root\n',
      finds: [],
    },
  ],
})

function* variablesOf(text: string): Iterable<Entry> {
  let continues = false
  for (const { text: line, at } of linesOf(text)) {
    const begin = /^[ \t]*(?:ENV|ARG|LABEL)[ \t]+/i.exec(line)
    const goesOn = /\\[ \t]*$/.test(line.slice(-64))
    if (begin !== null || continues) {
      const from = begin === null ? 0 : begin[0].length
      const older = begin === null ? null : OLDER.exec(line.slice(from, from + 8192))
      if (older !== null) yield entryOf(older[1]!, older[2]!, at + from + older[0].length - older[2]!.length, false)
      else
        for (const match of line.slice(from, from + 65_536).matchAll(PAIR)) {
          const [whole, name = '', double, single, bare] = match
          const value = double ?? single ?? bare ?? ''
          yield entryOf(
            name,
            value,
            at + from + match.index + whole.length - value.length - (bare === undefined ? 1 : 0),
            bare === undefined,
          )
        }
    }
    continues = goesOn && (begin !== null || continues)
  }
}

const OLDER = /^([A-Za-z_]\w{0,127})[ \t]+([^\s=][^\n]{0,4096}?)[ \t]*$/
const PAIR = /([A-Za-z_][\w.-]{0,127})=(?:"((?:[^"\\\n]|\\.){0,8192})"|'([^'\n]{0,8192})'|([^\s"']{0,8192}))/g

const entryOf = (name: string, value: string, at: number, quoted: boolean): Entry => ({
  keys: [name],
  value,
  at,
  length: value.length,
  quoted,
  group: 0,
})
