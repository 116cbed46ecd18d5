import type { Sighting } from '../detector.ts'

const REACH = 600

/**
 * Passwords in statements: `IDENTIFIED BY '…'`, `CREATE ROLE x PASSWORD '…'`, `SET PASSWORD … = PASSWORD('…')`, `CREATE LOGIN x WITH
 * PASSWORD = N'…'`.
 */
export function* sqlSecrets(text: string, from: number): Generator<Sighting> {
  CLAUSE.lastIndex = from
  const clause = CLAUSE.exec(text)
  if (clause === null) return
  const before = text.slice(Math.max(0, from - REACH), from)
  if (!STATEMENT.test(before) && !/^identified/i.test(clause[0])) return
  const [whole, hashed, quoted = ''] = clause
  if (quoted === '') return
  const whose = ACCOUNT.exec(before)
  const account = whose?.[1] ?? whose?.[2]
  const host = whose?.[3]
  yield {
    at: from + whole.length - quoted.length - 1,
    length: quoted.length,
    value: quoted.replaceAll("''", "'"),
    secret: 'password',
    evidence: 'name',
    by: 'name',
    quoted: true,
    name: 'password',
    ...(hashed === undefined ? {} : { hashed: true as const }),
    ...(account === undefined ? {} : { account }),
    ...(host === undefined || host === '%' ? {} : { system: host }),
  }
}

const CLAUSE =
  /(?:identified[ \t]+(?:with[ \t]+["'`]?\w{1,40}["'`]?[ \t]+)?(?:by|as|using)[ \t]+(password[ \t]+)?|(?:encrypted[ \t]+)?password[ \t]*(?:=[ \t]*)?(?:for[ \t]+\S{1,100}[ \t]*=[ \t]*)?(?:password[ \t]*)?\(?[ \t]*)[NE]?["']((?:[^"'\\\n]|''|\\.){1,200})["']/iy

const STATEMENT = /\b(?:user|role|login|grant|alter|create|set|credential|linked|database|identified|update)\b/i
const ACCOUNT =
  /(?:\b(?:user|role|login)[ \t]+(?:if[ \t]+(?:not[ \t]+)?exists[ \t]+)?|\bto[ \t]+|\bfor[ \t]+)(?:["'`[]([^"'`\]\n]{1,64})["'`\]]|([\w.$-]{1,64}))(?:@["'`]?([\w.%:-]{1,255})["'`]?)?(?=[^@]{0,200}$)/i
