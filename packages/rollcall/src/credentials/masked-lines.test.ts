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

test('a secret that stands on its line twice is masked twice, and lines around it are not shown', () => {
  const text = '[db]\n# was: oak-leaf-7\nurl=x://oak-leaf-7/ ; password=oak-leaf-7\n; oak-leaf-7 until May\n'
  expect(shown('/etc/a.ini', text)).not.toMatch(/oak|May|was/)
})

test('what an address holds in front of a secret is masked, found or not', () => {
  const text = '{"https://shop:elm-tree-3@db1/?api_key=birch-12x": {"password": "oak-leaf-7"}}\n'
  expect(shown('/etc/a.json', text)).not.toMatch(/elm|birch|oak/)
})
