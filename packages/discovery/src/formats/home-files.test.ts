import { describe, expect, test } from 'vitest'
import type { Host, HostFile, ReadRequest } from '../host.ts'
import { hostProbe } from '../probe.ts'
import { scanHost } from '../scan.ts'
import { exampleHost, exampleTools, type ExampleWorld } from '../testing/example-host.ts'
import { localPeople } from './accounts/local-people.ts'
import { homeReader, readInHomes, type HomeFile } from './home-files.ts'

const NAMES = ['.ssh/config', '.rhosts']

const scan = async (
  homes: Readonly<Record<string, string>>,
  world: ExampleWorld,
  changed: (host: Host) => Host = (host) => host,
) => {
  const passwd = Object.entries(homes)
    .map(([name, home], n) => `${name}:x:${1000 + n}:1000::${home}:/bin/sh\n`)
    .join('')
  const { host, trips } = exampleHost({ ...world, files: { '/etc/passwd': passwd, ...world.files } })
  let read: readonly HomeFile[] = []
  const probe = hostProbe({
    id: 'homes',
    title: 'homes',
    needs: [],
    examples: [],
    async gather(host) {
      const reader = homeReader(host, NAMES)
      const [file] = await host.read('/etc/passwd')
      read = await readInHomes(host, localPeople(file, undefined), reader, NAMES)
    },
    parse: () => ({ findings: [] }),
  })
  const { sections } = await scanHost(changed(host), [probe], exampleTools)
  const ofProbe = (trips[1] ?? []).filter((request): request is ReadRequest => request.kind === 'read')
  return {
    whose: read.flatMap(({ accounts, file }) => (file.state === 'read' ? [`${accounts.join(' ')} ${file.path}`] : [])),
    files: read.map(({ file }) => file),
    asked: ofProbe.map(({ pattern }) => pattern),
    outcome: sections[0]!.outcome,
  }
}

const folder = (path: string) => ({ path, type: 'folder' as const, mode: 0o755 })
const USUAL = [folder('/'), folder('/home'), folder('/root'), folder('/home/ann'), folder('/home/bob')]
const closed = (path: string): HostFile => ({ path, state: 'unread', why: 'not-permitted' })

describe('files in the usual homes', () => {
  test('are known without asking again, each home by all who share it', async () => {
    const { whose, asked, outcome } = await scan(
      { root: '/root', ann: '/home/ann', bob: '/home/bob', robert: '/home/bob/' },
      { entries: USUAL, files: { '/home/bob/.ssh/config': 'x', '/root/.rhosts': 'x' } },
    )
    expect(whose).toEqual(['root /root/.rhosts', 'bob robert /home/bob/.ssh/config'])
    expect(asked).toEqual([])
    expect(outcome).toEqual({ status: 'complete', reasons: [] })
  })

  test('count for nothing below a folder that is nobody’s home', async () => {
    const { files, outcome } = await scan(
      { ann: '/home/ann' },
      {
        entries: USUAL,
        files: {
          '/home/bob/.rhosts': closed('/home/bob/.rhosts'),
          '/home/old/.ssh/config': 'x',
          '/home/ann/.rhosts': '',
        },
      },
    )
    expect(files.map(({ path, state }) => `${state} ${path}`)).toEqual([
      'unread /home/ann/.ssh/config',
      'read /home/ann/.rhosts',
    ])
    expect(outcome).toEqual({ status: 'complete', reasons: [] })
  })

  test('that may not be read are said to be so', async () => {
    const path = '/home/ann/.ssh/config'
    const { asked, outcome } = await scan(
      { ann: '/home/ann', bob: '/home/bob' },
      { entries: USUAL, files: { [path]: closed(path) } },
    )
    expect(asked).toEqual([])
    expect(outcome.reasons).toEqual([{ code: 'not-permitted', path }])
  })

  test.each(['too-many', 'not-permitted', 'timed-out'] as const)(
    'are asked for by their paths where the list of them ends with %s',
    async (why) => {
      const unlisted = { path: '/home/*/.ssh/config', state: 'unread', why } as const
      const { asked } = await scan(
        { ann: '/home/ann' },
        { entries: USUAL, files: { '/home/zoe/.ssh/config': unlisted } },
      )
      expect(asked).toEqual(['/home/ann/.ssh/config'])
    },
  )
})

describe('files in other homes', () => {
  test.each([
    ['in a place of its own', '/data/ann', []],
    ['hidden from a list', '/home/.ann', [folder('/home/.ann')]],
    ['behind a link', '/home/carl', [{ path: '/home/carl', type: 'link' as const, target: '/net/carl' }]],
    ['mounted when somebody goes there', '/home/dora', []],
    ['deeper than usual', '/home/staff/ann', [folder('/home/staff')]],
  ])('are asked for by their paths: %s', async (_, home, entries) => {
    const path = `${home}/.ssh/config`
    const { whose, asked } = await scan({ ann: home }, { entries: [...USUAL, ...entries], files: { [path]: 'x' } })
    expect(asked).toEqual([path, `${home}/.rhosts`])
    expect(whose).toEqual([`ann ${path}`])
  })

  test('with signs of a pattern in their names are asked for as they are', async () => {
    const { asked } = await scan({ ann: '/data/[a]*' }, { entries: USUAL })
    expect(asked).toEqual(['/data/[[]a][*]/.ssh/config', '/data/[[]a][*]/.rhosts'])
  })

  test('of services are asked for only where there may be any', async () => {
    const { asked } = await scan(
      { bin: '/bin', nobody: '/nonexistent', db: '/var/lib/db', ci: '/var/lib/ci', www: '/var/www' },
      {
        entries: [
          ...USUAL,
          folder('/var/lib/db'),
          folder('/var/lib/ci'),
          folder('/var/lib/ci/.ssh'),
          { path: '/var/www/.rhosts' },
        ],
      },
    )
    expect(asked).toEqual(['/var/lib/ci/.ssh/config', '/var/www/.rhosts'])
  })
})

test('a host that cannot search is asked by paths', async () => {
  const { asked, outcome } = await scan({ ann: '/home/ann' }, {}, (host) => ({
    ...host,
    ask: async (...asked) =>
      (await host.ask(...asked)).map((answer) =>
        answer.kind === 'find' ? { ...answer, result: { state: 'unread', why: 'tool-missing' } as const } : answer,
      ),
  }))
  expect(asked).toEqual(['/home/ann/.ssh/config', '/home/ann/.rhosts'])
  expect(outcome.status).toBe('complete')
})
