import { detect } from '@rollcall/discovery'
import { expect, test } from 'vitest'
import { maskedLines } from './masked-lines.ts'

const shown = (path: string, text: string) => {
  const bytes = new TextEncoder().encode(text)
  const { found } = detect(path, bytes, { keyedDigest: () => 'd' })
  return found.map((_, index) => maskedLines(bytes, found, index).join('\n')).join('\n')
}

test('what follows a secret on its line is masked with it', () => {
  expect(shown('/etc/a.ini', '[db]\nuser=shop\npassword="oak-leaf-7"rowan-19\nhost=db1\n')).not.toMatch(
    /oak|leaf|rowan/,
  )
})

test('a secret that stands in a comment beside it is masked there, too', () => {
  const text = '[db]\n# was: oak-leaf-7\npassword=oak-leaf-7\n; oak-leaf-7 until May\n'
  expect(shown('/etc/a.ini', text)).toMatch(/^# was: ●+\npassword=●+\n; ●+ until May$/)
})
