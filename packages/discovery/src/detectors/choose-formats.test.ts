import { expect, test } from 'vitest'
import { formatChooser } from './choose-formats.ts'
import { credentialFormat } from './detector.ts'

const made = (id: string, files: string[]) => credentialFormat({ id, title: id, files, read: () => [], examples: [] })
const choose = formatChooser([made('pass', ['.pgpass', '*.pass']), made('login', ['app/conf/login.conf'])])
const chosen = (path: string) => choose(path, () => '').map(({ id }) => id)

test('a file is chosen by its name, or by the end of its path', () => {
  expect(chosen('/home/a/.pgpass')).toEqual(['pass'])
  expect(chosen('x/My.PASS')).toEqual(['pass'])
  expect(chosen('/etc/app/conf/login.conf')).toEqual(['login'])
  expect(chosen('/etc/conf/login.conf')).toEqual([])
  expect(chosen('/etc/xapp/conf/login.conf')).toEqual([])
})

test('copies, samples and templates are read as what they are copies of', () => {
  for (const end of [
    '~',
    '-',
    '.bak',
    '.old',
    '.dpkg-old',
    '.20240131',
    '.sample',
    '.conf.j2'.slice(5),
    '.orig.1',
    '.bak~',
  ])
    expect(chosen(`/etc/app/conf/login.conf${end}`)).toEqual(['login'])
  expect(chosen('/etc/app/conf/login.config')).toEqual([])
  expect(chosen('/usr/share/man/man5/.pgpass.5')).toEqual([])
})
