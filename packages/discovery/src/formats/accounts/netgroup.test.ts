import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseNetgroups } from './netgroup.ts'

const text = `# who may
admins (-,ann,) (,bob,example.org) \\
  more
more (web1,carl,)
farm (web1,-,) (web2,-,)
all (,,)
loop loop admins
`

test('users and hosts come from triples and from the netgroups that are included', () => {
  const groups = parseNetgroups(text)
  expect(groups.members('admins', 'users')).toEqual({ everybody: false, names: new Set(['ann', 'bob', 'carl']) })
  expect(groups.members('farm', 'hosts')).toEqual({ everybody: false, names: new Set(['web1', 'web2']) })
  expect(groups.members('farm', 'users')).toEqual({ everybody: false, names: new Set() })
  expect(groups.members('none', 'users')).toEqual({ everybody: false, names: new Set() })
})

test('an empty field is everybody, and a netgroup that includes itself ends', () => {
  const groups = parseNetgroups(text)
  expect(groups.members('all', 'users')!.everybody).toBe(true)
  expect(groups.members('loop', 'users')!.names).toEqual(new Set(['ann', 'bob', 'carl']))
})

test('whatever the text, there is an answer', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('a', 'b', '(', ')', ',', ' ', '-', '\n', '\\', '#') }), (any) => {
      expect(parseNetgroups(any).members('a', 'users')).toBeDefined()
    }),
  )
})
