import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { runningCollector } from './running-collector.ts'

test('the documentation names every route of the API', async () => {
  const text = await readFile(new URL('../../docs/api.md', import.meta.url), 'utf8')
  await using running = await runningCollector()
  const routes = running.collector.routes.filter((route) => route.includes('/api/v1/') && !route.startsWith('HEAD'))
  const undocumented = routes.filter((route) => {
    const [method = '', path = ''] = route
      .replace('/api/v1', '')
      .replaceAll(/:(\w+)/g, '{$1}')
      .split(' ')
    return !text.includes(`\`${method} ${path}\``) && !text.includes(`\`${method} ${path}?`)
  })
  expect(routes.length).toBeGreaterThan(15)
  expect(undocumented).toEqual([])
})
