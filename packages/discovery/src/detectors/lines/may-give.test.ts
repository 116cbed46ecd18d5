import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { credentialFile } from '../credential-file.ts'
import { mayGiveInCode } from './may-give.ts'
import { nameAroundIn } from './name-around.ts'
import { lineReader } from './read-lines.ts'

const PARTS =
  `= == := => += ?? : :: , ; ( ) [ ] { } < > </ /> " ' \` \\ \\" | & ? . $ # // \n \t - -- = ' ' "oak-leaf-7" 'oak-leaf-7' b"oak-leaf-7" oak-leaf-7 ` +
  'name key value set env export define( getenv( str Optional[str] md5(" crypt(\' user login -H Basic Bearer http:// @ x 1 echo chpasswd identified by'
const parts = fc.array(fc.constantFrom(' ', ...PARTS.split(' ')), { maxLength: 8 }).map((some) => some.join(''))
const names = fc.constantFrom(
  'password',
  'db_password',
  'PASSWORD',
  'passwd',
  'chpasswd',
  '-pass',
  'pass',
  'api.token',
  'secret_key',
  '$pw',
)

test('whatever a line of code gives a name is let pass', () => {
  fc.assert(
    fc.property(parts, names, parts, (before, name, behind) => {
      const bytes = new TextEncoder().encode(`${before}${name}${behind}\n`)
      const begins = before.length + /pass|pw|token|secret/i.exec(name)!.index
      const ends = begins + /pass|pw|token|secret/i.exec(name)![0].length
      const reader = lineReader(credentialFile('x.py', bytes))
      reader.found('name', begins, ends)
      const { from, to } = nameAroundIn(bytes, begins, ends)
      // What only looks like a statement, as the name is a string itself: `'user', 'password'}"`.
      const stated = /["'`]$/.test(before) && /^["'`]/.test(behind)
      if (reader.sightings().length > 0 && !stated) expect(mayGiveInCode(bytes, from, to)).toBe(true)
    }),
    { numRuns: 3000 },
  )
})

test('names in expressions, calls and prose need not be read', () => {
  for (const line of [
    'return self.token',
    'if token is None:',
    'get_token(user)',
    'x = [token, other]',
    '# the password is long',
  ])
    expect(mayGive(line)).toBe(false)
})

const mayGive = (line: string) => {
  const bytes = new TextEncoder().encode(`${line}\n`)
  const begins = /token|password/.exec(line)!
  const { from, to } = nameAroundIn(bytes, begins.index, begins.index + begins[0].length)
  return mayGiveInCode(bytes, from, to)
}
