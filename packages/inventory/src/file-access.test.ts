import type { FindingOf } from '@rollcall/contract'
import { expect, test } from 'vitest'
import { givesRoot, openTo } from './file-access.ts'

type File = FindingOf<'file'>

const file = (facts: Partial<File>): File => ({
  kind: 'file',
  role: 'run-as',
  type: 'file',
  owner: 0,
  group: 0,
  mode: '0644',
  place: { path: '/usr/local/bin/backup' },
  ...facts,
})

test.each([
  ['only root, of what nobody else may write', {}, 'root'],
  ['everyone, of what all may write', { mode: '0666' }, 'everyone'],
  ['its group, of what that may write', { mode: '0664', group: 50 }, 'group'],
  ['only root, of what the group of root may write', { mode: '0664' }, 'root'],
  ['its owner, who is not root', { owner: 1000 }, 'owner'],
  ['who runs it, of a program that gives rights', { role: 'setuid', mode: '4755' }, 'everyone'],
  ['the group that may run it', { role: 'setuid', mode: '4750', group: 50 }, 'group'],
  ['who may read a disk', { role: 'device', type: 'device', mode: '0640', group: 6 }, 'group'],
  ['nobody but the owner, of a sticky folder', { type: 'folder', mode: '1777' }, 'root'],
  ['everyone, of a sticky folder of programs', { role: 'command-path', type: 'folder', mode: '1777' }, 'everyone'],
  ['whom its probe names', { mode: '0666', writableBy: [] }, 'root'],
  [
    'some, where not everybody may pass the folders on the way',
    {
      mode: '0666',
      writableBy: ['others'],
      behind: [{ path: '/root', owner: 0, group: 0, mode: '0700' }],
    },
    'some',
  ],
] as [string, Partial<File>, string][])('a file is open to %s', (_, facts, expected) => {
  expect(openTo(file(facts))).toBe(expected)
})

test.each([
  ['what decides who is privileged', { role: 'decides' }, 'yes'],
  ['what runs as root', { account: 'root' }, 'yes'],
  ['what runs as somebody: as far as they can', { account: 'backup' }, undefined],
  ['what runs as nobody knows whom', {}, 'unknown'],
  ['a setuid program that every distribution ships', { role: 'setuid', ordinary: true }, 'no'],
  ['any other setuid program, which nobody has judged', { role: 'setuid', ordinary: false }, 'unknown'],
] as [string, Partial<File>, string | undefined][])('%s gives root', (_, facts, expected) => {
  expect(givesRoot(file(facts))).toBe(expected)
})
