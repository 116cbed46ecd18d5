import { expect, test } from 'vitest'
import { formats } from '../formats/index.ts'
import { mayGive } from './source-gives.ts'

const gives = (text: string) => {
  const from = text.indexOf('password')
  return mayGive(text, [from, from + 'password'.length])
}

test.each([
  `$db['password'] = 'oak-leaf-7';`,
  `'password' => env('X_PASSWORD'),`,
  `define('password', 'oak-leaf-7');`,
  `password = os.environ['X']`,
  `"the password of it": "oak-leaf-7"`,
  `'password' => array('value' => 'oak-leaf-7')`,
  `{'name': 'password', 'value': 'oak-leaf-7'}`,
  `dsn = "host=db1;password=oak-leaf-7"`,
  `password 'oak-leaf-7'`,
])('%s may give a value', (text) => {
  expect(gives(text)).toBe(true)
})

test.each([
  '$password = $row->password;',
  'if (password === other) return',
  'check(password, other)',
  `'password': {'type': 'str', 'required': False}`,
  'password = Field(label)',
  'EXAMPLES = """\n  password: "oak-leaf-7"\n"""\n',
  'Foo::password::bar',
])('%s gives none', (text) => {
  expect(gives(text)).toBe(false)
})

test('what a format is told by holds a word that announces it', () => {
  const unannounced = formats.flatMap(({ id, begins, announced, examples }) =>
    begins === undefined || announced === undefined
      ? []
      : examples
          .map(({ text }) => (typeof text === 'string' ? text : Buffer.from(text).toString('latin1')).slice(0, 4096))
          .filter((head) => begins(head) && !announced.some((word) => head.toLowerCase().includes(word)))
          .map((head) => `${id}: ${head}`),
  )
  expect(unannounced).toEqual([])
})
