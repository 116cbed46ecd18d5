import { expect, test } from 'vitest'
import type { HostFile } from '../host.ts'
import { hostProbe } from '../probe.ts'
import { scanHost } from '../scan.ts'
import { exampleHost, exampleTools } from '../testing/example-host.ts'
import { readAhead } from './read-ahead.ts'

const scan = async (files: Readonly<Record<string, string | HostFile>>, wanted: readonly string[]) => {
  const { host, trips } = exampleHost({ files })
  let read: readonly HostFile[] = []
  const probe = hostProbe({
    id: 'ahead',
    title: 'ahead',
    needs: [],
    examples: [],
    async gather(host) {
      const reader = readAhead(host, { whole: ['/etc/a'], patterns: ['/etc/b/*.conf'] }, {})
      await host.read('/etc/passwd')
      read = await reader(wanted)
    },
    parse: () => ({ findings: [] }),
  })
  const { sections } = await scanHost(host, [probe], exampleTools)
  return {
    read: read.map((file) => `${file.state === 'read' ? 'read' : file.why} ${file.path}`).toSorted(),
    asked: (trips[1] ?? []).flatMap((request) => (request.kind === 'read' ? [request.pattern] : [])),
    outcome: sections[0]!.outcome,
  }
}

const closed = (path: string): HostFile => ({ path, state: 'unread', why: 'not-permitted' })

test('what was read ahead takes no further question, and what is not in a folder that was read whole does not exist', async () => {
  const { read, asked, outcome } = await scan({ '/etc/a/one': 'x', '/etc/b/x.conf': 'x' }, [
    '/etc/a/one',
    '/etc/a/two',
    '/etc/b/x.conf',
  ])
  expect(read).toEqual(['no-such-file /etc/a/two', 'read /etc/a/one', 'read /etc/b/x.conf'])
  expect(asked).toEqual([])
  expect(outcome.status).toBe('complete')
})

test('what matches and is not wanted counts for nothing, though it may not be read; what is wanted does', async () => {
  const files = { '/etc/a/one': closed('/etc/a/one') }
  expect((await scan(files, [])).outcome.reasons).toEqual([])
  expect((await scan(files, ['/etc/a/one'])).outcome.reasons).toEqual([{ code: 'not-permitted', path: '/etc/a/one' }])
})

test('hidden names, other folders, and what only a pattern would show are asked for', async () => {
  const { read, asked } = await scan({ '/etc/b/y[1]': 'x' }, ['/etc/a/.hidden', '/etc/b/y[1]', '/etc/b/z.conf'])
  expect(asked).toEqual(['/etc/a/.hidden', '/etc/b/y[[]1]', '/etc/b/z.conf'])
  expect(read).toContain('read /etc/b/y[1]')
})

test.each(['too-many', 'not-permitted', 'timed-out'] as const)(
  'a folder of which the list ends with %s is not taken for whole',
  async (why) => {
    const { asked } = await scan({ '/etc/a/list': { path: '/etc/a/*', state: 'unread', why } }, ['/etc/a/one'])
    expect(asked).toEqual(['/etc/a/one'])
  },
)
