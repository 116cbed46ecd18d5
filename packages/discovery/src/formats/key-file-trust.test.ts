import { expect, test } from 'vitest'
import { exampleFile } from '../probe.ts'
import { localPeople } from './accounts/local-people.ts'
import { keyFileTrust } from './key-file-trust.ts'
import { exampleLook, ways } from './path-trust.ts'

const people = localPeople(
  exampleFile('/etc/passwd', 'root:x:0:0::/root:/bin/sh\nvic:x:1000:1000::/home/vic:/bin/sh\n'),
  exampleFile('/etc/group', 'root:x:0:\nvic:x:1000:\n'),
)
const path = '/home/vic/.ssh/authorized_keys'

const trustOf = (...entries: Parameters<typeof exampleLook>[1]) =>
  keyFileTrust(
    ways(exampleLook([path], [{ path: '/home', type: 'folder', mode: 0o755 }, ...entries]))(path),
    { uid: 1000, home: '/home/vic' },
    path,
    people,
  )

test('a closed folder keeps others from what is in it', () => {
  expect(
    trustOf(
      { path: '/home/vic', type: 'folder', mode: 0o700, uid: 1000 },
      { path: '/home/vic/.ssh', type: 'folder', mode: 0o777, uid: 1000 },
      { path, mode: 0o666, uid: 1000 },
    ),
  ).toEqual({ fileWritable: false, folderWritable: false, readable: false, linked: false })
})

test('a closed folder keeps nobody from where a link in it leads to', () => {
  expect(
    trustOf(
      { path: '/home/vic', type: 'folder', mode: 0o700, uid: 1000 },
      { path: '/home/vic/.ssh', type: 'link', target: '/srv/open', uid: 1000 },
      { path: '/srv', type: 'folder', mode: 0o755 },
      { path: '/srv/open', type: 'folder', mode: 0o777 },
      { path: '/srv/open/authorized_keys', mode: 0o666, uid: 1000 },
    ),
  ).toEqual({ fileWritable: true, folderWritable: true, readable: true, linked: true })
})
