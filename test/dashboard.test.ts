import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { serveBuilt } from '../packages/dashboard/dev/serve-built.ts'

/** What runs inside a page needs this much of it; nothing else here has a browser. */
declare const document: {
  readonly activeElement: {
    readonly textContent: string | null
    getAttribute(name: string): string | null
  } | null
  querySelector(selector: string): { getAttribute(name: string): string | null } | null
}

const DASHBOARD = fileURLToPath(new URL('../packages/dashboard', import.meta.url))
const AXE = fileURLToPath(import.meta.resolve('axe-core/axe.min.js'))
const CHROMIUM = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
const PAGES = [
  '/',
  '/accounts',
  '/accounts?filter=privileged:yes%20-state:managed%20host:db*',
  '/accounts?filter=account:nobody-has-this-name',
  '/accounts?open=a2-3',
  '/hosts',
  '/hosts?open=h2',
  '/explore/keys',
  '/explore/grants',
  '/explore/services',
  '/explore/service_accounts',
  '/explore/files?filter=open_to:everyone%20gives_root:yes',
  '/reach',
  '/reach?from=a2-3',
  '/reach?to=h2&ends=root',
  '/explore/stored_credentials',
  '/explore/stored_credentials?filter=state:excepted',
  '/explore/stored_credentials?open=h2-c0',
  '/directories',
  '/directories/d1',
  '/explore/directory_accounts',
  '/explore/directory_accounts?open=da2',
  '/explore/directory_groups?open=dg0',
  '/explore/directory_rights?open=dr0',
  '/explore/directory_weaknesses',
  '/explore/outcomes?filter=-status:complete',
  '/explore/changes',
  '/scans',
  '/scans/s1',
  '/schedules',
  '/targets',
  '/agents',
  '/agents?open=abcdefghijklmnopqrstuvwxa2',
  '/agents?open=abcdefghijklmnopqrstuvwxc2',
  '/agents?open=abcdefghijklmnopqrstuvwxd2',
  '/trust',
  '/trust?filter=state:changed',
  '/trust?open=k20',
  '/trust?open=k21',
  '/settings',
  '/no-such-page',
]
const NARROW = { width: 390, height: 844 }
const WIDE = { width: 1440, height: 900 }

/** The browser, the build and the server share two cores with whatever else is being tested. */
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 })

let folder: string
let browser: Browser

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-dashboard-'))
  await build(folder)
  browser = await chromium.launch({ executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium', args: CHROMIUM })
})

afterAll(async () => {
  await browser?.close()
  await rm(folder, { recursive: true, force: true })
})

describe('the build', () => {
  test('the first load stays within 245 kB of script and 20 kB of style, all pages within 285 kB and 40 kB, compressed', async () => {
    const assets = await readdir(join(folder, 'assets'))
    const html = await readFile(join(folder, 'index.html'), 'utf8')
    const size = async (names: readonly string[], ending: string) => {
      const texts = await Promise.all(
        names.filter((name) => name.endsWith(ending)).map((name) => readFile(join(folder, 'assets', name))),
      )
      return texts.reduce((sum, text) => sum + gzipSync(text, { level: 9 }).length, 0)
    }
    const first = assets.filter((name) => html.includes(`/assets/${name}`))
    expect(await size(first, '.js')).toBeGreaterThan(100_000)
    expect(await size(first, '.js')).toBeLessThanOrEqual(245_000)
    expect(await size(first, '.css')).toBeLessThanOrEqual(20_000)
    expect(await size(assets, '.js')).toBeLessThanOrEqual(285_000)
    expect(await size(assets, '.css')).toBeLessThanOrEqual(40_000)
  })

  test('it holds no source map, no inline script or style, and no address of anybody else', async () => {
    const names = await readdir(folder, { recursive: true })
    expect(names.filter((name) => name.endsWith('.map'))).toEqual([])
    const html = await readFile(join(folder, 'index.html'), 'utf8')
    expect(html).not.toMatch(/<style|style=|https?:|<script(?![^>]*\ssrc=)/)
  })
})

describe('under the strict policy', () => {
  test('nothing it refuses is ever tried, while pages, drawers, menus and dialogs are opened', async () => {
    await using server = await serveBuilt(folder, { hosts: 56, accountsPerHost: 28 })
    await using session = await visit(server.url, { viewport: WIDE })
    const { page, violations, errors } = session
    await logIn(page)
    for (const path of PAGES) await open(page, server.url + path)

    await open(page, `${server.url}/accounts`)
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keys and filters' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Columns' }).click()
    await page.getByRole('checkbox', { name: 'Shell' }).check()
    await page.keyboard.press('Escape')
    await page.getByRole('columnheader', { name: 'Shell' }).waitFor()
    await page.getByRole('combobox', { name: 'Filter' }).fill('priv')
    await page.getByRole('option', { name: /^privileged:/ }).click()
    await page.getByRole('option', { name: 'yes' }).click()
    await page.waitForURL(/filter=privileged%3Ayes/)

    await open(page, `${server.url}/targets`)
    await page.getByRole('button', { name: 'Add targets' }).click()
    await page.getByLabel('Name of the set').fill('Amsterdam')
    await page.getByLabel('Targets, one per line').fill('10.0.0.0/24\nnot a host')
    await page.getByRole('button', { name: 'Add 2 entries' }).click()
    await page.getByText('not a host: expected a host').waitFor()
    await page.getByLabel('Targets, one per line').fill('10.0.0.0/24\n!10.0.0.1')
    await page.getByRole('button', { name: 'Add 1 entry' }).click()
    await page.getByRole('heading', { name: 'Amsterdam' }).waitFor()

    await open(page, `${server.url}/agents`)
    await page.getByRole('button', { name: 'Let an agent in' }).click()
    await page.getByLabel('Segment').fill('No Segment')
    await page.getByRole('button', { name: 'Make the command' }).click()
    await page.getByText('Small letters, digits and hyphens').waitFor()
    await page.getByLabel('Segment').fill('dmz')
    await page.getByRole('button', { name: 'Make the command' }).click()
    await page.getByText('rollcall agent enrol rcj1.sample.').waitFor()
    await page.getByText('Waiting for the agent').waitFor()
    await page.getByRole('button', { name: 'Done' }).click()
    await page.getByRole('link', { name: 'fra-scan-1' }).click()
    await page.getByRole('button', { name: 'Revoke it…' }).click()
    const revoking = page.getByRole('dialog', { name: /^Revoke “fra-scan-1”/ })
    await revoking.getByText('It held 2 credentials').waitFor()
    await revoking.getByLabel('Why').fill('its machine was stolen')
    await revoking.getByRole('button', { name: 'Revoke it' }).click()
    await page.getByText('Its machine was stolen. Nothing it sends').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Try it again…: scan' }).click()
    await page.getByRole('button', { name: 'Try it again', exact: true }).click()
    await page.getByText('three times within ten minutes').waitFor({ state: 'detached' })

    await open(page, `${server.url}/settings`)
    await page.getByLabel('What is the new token for?').fill('a test')
    await page.getByRole('button', { name: 'Make a token' }).click()
    await page.getByText('rc_sample_').waitFor()
    await page.getByRole('button', { name: 'I have it' }).click()
    await page.getByRole('radio', { name: 'Dark' }).check()

    await open(page, `${server.url}/scans`)
    await page.getByRole('button', { name: 'Start a scan' }).click()
    await page.getByRole('button', { name: 'Scan everything' }).click()
    await page.getByRole('heading', { name: 'Scan in progress' }).waitFor()
    await page.waitForFunction(
      () => Number(document.querySelector('[role=progressbar]')?.getAttribute('aria-valuenow')) > 2,
    )
    await page.getByRole('button', { name: 'Cancel the scan' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel the scan' }).click()
    await page.getByText('targets cancelled').waitFor()

    expect(await violations()).toEqual([])
    expect(errors()).toEqual([])
  })

  test('the theme somebody chose is there before anything is painted', async () => {
    await using server = await serveBuilt(folder, { hosts: 14, accountsPerHost: 5 })
    await using session = await visit(server.url, { viewport: WIDE, colorScheme: 'light' })
    const { page } = session
    await page.evaluate(`localStorage.setItem('rollcall.theme', 'dark')`)
    // Without the module nothing is rendered; what is painted is what the page has before it.
    await page.route('**/assets/index-*.js', (route) => route.abort())
    await page.goto(server.url)
    expect(await page.evaluate(`getComputedStyle(document.documentElement).backgroundColor`)).toBe('rgb(15, 20, 23)')
  })
})

describe('for everybody', () => {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`axe finds nothing wrong on any page, ${colorScheme}`, async () => {
      await using server = await serveBuilt(folder, { hosts: 56, accountsPerHost: 28 })
      await using session = await visit(server.url, {
        viewport: WIDE,
        colorScheme,
        bypassCSP: true,
        reducedMotion: 'reduce',
      })
      const { page } = session
      expect(await faults(page)).toEqual([])
      await logIn(page)
      for (const path of PAGES) {
        await open(page, server.url + path)
        expect({ path, faults: await faults(page) }).toEqual({ path, faults: [] })
      }
      await open(page, `${server.url}/accounts`)
      await page.getByRole('combobox', { name: 'Filter' }).fill('privileged:')
      await page.getByRole('option').first().waitFor()
      expect(await faults(page)).toEqual([])
      await page.setViewportSize(NARROW)
      for (const path of ['/', '/accounts', '/scans/s1', '/hosts?open=h2']) {
        await open(page, server.url + path)
        expect({ path, faults: await faults(page) }).toEqual({ path, faults: [] })
      }
    })
  }

  test('on a narrow screen no page scrolls sideways', async () => {
    await using server = await serveBuilt(folder, { hosts: 56, accountsPerHost: 28 })
    await using session = await visit(server.url, { viewport: NARROW, hasTouch: true })
    const { page } = session
    await logIn(page)
    for (const path of PAGES) {
      await open(page, server.url + path)
      const sideways = await page.evaluate(
        `[document.documentElement, document.querySelector('main')].some((one) => one.scrollWidth > one.clientWidth)`,
      )
      expect({ path, sideways }).toEqual({ path, sideways: false })
    }
  })

  test('the whole way from a filter to a drawer and back is gone by keyboard', async () => {
    await using server = await serveBuilt(folder, { hosts: 56, accountsPerHost: 28 })
    await using session = await visit(server.url, { viewport: WIDE })
    const { page } = session
    await logIn(page)
    await open(page, `${server.url}/accounts`)
    await page.keyboard.press('/')
    await page.keyboard.type('privileged:yes ')
    await page.keyboard.press('Enter')
    await page.waitForURL(/filter=privileged%3Ayes/)
    await page.getByText('accounts match').waitFor()
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    await page.keyboard.press('j')
    await page.keyboard.press('j')
    await page.keyboard.press('ArrowDown')
    const name = await page.evaluate<string>(`document.activeElement.textContent`)
    expect(await page.evaluate(`document.activeElement.closest('tr')?.getAttribute('aria-rowindex')`)).toBe('4')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').getByRole('heading', { name }).waitFor()
    await page.getByRole('dialog').getByText('Privileged', { exact: true }).waitFor()
    expect(page.url()).toContain('open=')
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    expect(page.url()).not.toContain('open=')
    await page.waitForFunction((text) => document.activeElement?.textContent === text, name)
    const download = page.waitForEvent('download')
    await page.keyboard.press('e')
    const file = await readFile(await (await download).path(), 'utf8')
    const [header = '', ...lines] = file.split('\r\n')
    const privileged = header.split(',').indexOf('"privileged"')
    expect(new Set(lines.map((line) => line.split(',')[privileged]))).toEqual(new Set(['"yes"']))
  })
})

test('who gets where is asked by keyboard, and told as ways whose steps name file and line', async () => {
  await using server = await serveBuilt(folder, { hosts: 56, accountsPerHost: 28 })
  await using session = await visit(server.url, { viewport: WIDE })
  const { page } = session
  await logIn(page)
  await open(page, `${server.url}/reach`)
  await page.getByLabel('An account, a host or a key').focus()
  await page.keyboard.type('prometh')
  await page.getByRole('link', { name: 'what it reaches' }).first().waitFor()
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: /^From prometheus on/ }).waitFor()
  await page.getByRole('img', { name: /hosts and .* keys between them/ }).waitFor()
  const way = page.getByRole('list', { name: 'Ways, the easiest first' }).getByRole('article').first()
  await way.getByText('Each step, with file and line').click()
  await way.getByText('.ssh/authorized_keys').waitFor()
  await page.getByRole('link', { name: 'Who reaches it' }).click()
  await page.getByRole('heading', { name: /^To prometheus on/ }).waitFor()
  expect(page.url()).toContain('/reach?to=')
})

test('a schedule is made, changed, run, paused and removed on its page', async () => {
  await using server = await serveBuilt(folder, { hosts: 14, accountsPerHost: 5 })
  await using session = await visit(server.url, { viewport: NARROW, hasTouch: true, bypassCSP: true })
  const { page, errors } = session
  await logIn(page)
  await open(page, `${server.url}/schedules`)
  await page.getByText('nothing could begin at its time').waitFor()
  await page.getByRole('button', { name: 'Add a schedule' }).click()
  const form = page.getByRole('dialog')
  await form.getByRole('button', { name: 'Add the schedule' }).click()
  await form.getByText('Give it a name.').waitFor()
  await form.getByLabel('Name').fill('Weekends')
  await form.getByRole('textbox', { name: 'Times' }).fill('61 2 * * 6')
  await form.getByRole('checkbox', { name: 'Every target set there is' }).uncheck()
  await form.getByRole('checkbox', { name: 'Frankfurt' }).check()
  await form.getByLabel('Further targets, one per line').fill('10.9.0.0/24\n!10.9.0.1')
  await form.getByLabel('Minutes over which starts are spread').fill('90')
  await form.getByLabel('Blackouts, one per line').fill('sometimes')
  await form.getByRole('button', { name: 'Add the schedule' }).click()
  await form.getByText('“sometimes” is none.').waitFor()
  expect(await faults(page)).toEqual([])
  await form.getByLabel('Blackouts, one per line').fill('Sun 12:00-18:00')
  await form.getByRole('button', { name: 'Add the schedule' }).click()
  await form.getByText('minute is wrong').waitFor()
  await form.getByRole('textbox', { name: 'Times' }).fill('0 2 * * 6')
  await form.getByRole('button', { name: 'Add the schedule' }).click()
  await form.waitFor({ state: 'detached' })
  const made = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: 'Weekends' }) })
  await made.getByText('starts spread over 90 minutes').waitFor()
  await made.getByText('not Sun 12:00–18:00').waitFor()
  await made.getByRole('button', { name: 'Change Weekends' }).click()
  await form.getByLabel('Name').fill('Saturdays')
  await form.getByRole('button', { name: 'Change it' }).click()
  await page.getByRole('button', { name: 'Run now: Saturdays' }).click()
  await page.getByRole('button', { name: 'Cancel the run of Saturdays' }).click()
  await page.getByRole('list', { name: 'Runs of Saturdays' }).getByText('cancelled').waitFor()
  await page.getByRole('button', { name: 'Pause Saturdays' }).click()
  await page.getByRole('button', { name: 'Resume Saturdays' }).waitFor()
  expect(await faults(page)).toEqual([])
  await page.getByRole('button', { name: 'Remove Saturdays' }).click()
  await page.getByRole('button', { name: 'Remove it' }).click()
  await page.getByRole('heading', { name: 'Saturdays' }).waitFor({ state: 'detached' })
  // The one of the settings is changed there.
  expect(await page.getByRole('button', { name: 'Change Default' }).count()).toBe(0)
  expect(errors()).toEqual([])
})

test('a stored credential is left as it is by keyboard, with a reason, and that is taken back in the settings', async () => {
  await using server = await serveBuilt(folder, { hosts: 14, accountsPerHost: 5 })
  await using session = await visit(server.url, { viewport: NARROW, hasTouch: true, bypassCSP: true })
  const { page, errors } = session
  await logIn(page)
  await open(page, `${server.url}/explore/stored_credentials`)
  await page.locator('[data-name]').first().press('Enter')
  const drawer = page.getByRole('dialog')
  await drawer.getByRole('button', { name: 'Leave it as it is…' }).press('Enter')
  await page.waitForFunction(() => document.activeElement?.getAttribute('name') === 'where')
  await page.keyboard.press('Enter')
  await drawer.getByText('Say why it may stay.').waitFor()
  await page.waitForFunction(() => document.activeElement?.getAttribute('name') === 'reason')
  expect(await faults(page)).toEqual([])
  await page.keyboard.type('replaced in June')
  await page.keyboard.press('Enter')
  await drawer.waitFor({ state: 'detached' })
  await open(page, `${server.url}/settings`)
  await page.getByRole('button', { name: 'Take back: replaced in June' }).click()
  await page.getByText('replaced in June').waitFor({ state: 'detached' })
  expect(errors()).toEqual([])
})

describe('what is shown', () => {
  test('a hundred thousand accounts never put more than 500 rows into the page', async () => {
    await using server = await serveBuilt(folder, { hosts: 1078, accountsPerHost: 100 })
    await using session = await visit(server.url, { viewport: WIDE })
    const { page } = session
    await logIn(page)
    await open(page, `${server.url}/accounts`)
    await page
      .getByText(/10\d.\d{3} accounts/)
      .first()
      .waitFor()
    const table = page.getByRole('region', { name: 'Accounts, table' })
    let most = 0
    for (let step = 0; step < 15; step++) {
      await table.evaluate((element) => element.scrollTo({ top: element.scrollHeight }))
      await page.waitForTimeout(150)
      most = Math.max(most, await page.locator('tr').count())
    }
    expect(most).toBeLessThanOrEqual(500)
    // Further rows came while scrolling, and the table says how many there are in all.
    expect(
      await page.locator('tbody tr[aria-rowindex]').last().getAttribute('aria-rowindex').then(Number),
    ).toBeGreaterThan(1000)
    expect(await page.getByRole('table').getAttribute('aria-rowcount').then(Number)).toBeGreaterThan(100_000)
  })

  test('hostile names are shown for what they are and do nothing', async () => {
    await using server = await serveBuilt(folder, { hosts: 70, accountsPerHost: 4 })
    await using session = await visit(server.url, { viewport: WIDE })
    const { page, errors } = session
    await logIn(page)
    await open(page, `${server.url}/accounts?filter=-account:root,postgres,nginx,prometheus`)
    await page.getByRole('link', { name: 'admin‹U+202E›gnp.exe' }).first().waitFor()
    await page.getByRole('link', { name: 'ro‹U+200B›ot' }).first().waitFor()
    await page.getByRole('link', { name: '<script>alert(1)</script>' }).first().click()
    await page.getByRole('dialog').getByRole('heading', { name: '<script>alert(1)</script>' }).waitFor()
    expect(await page.locator('script:not([src])').count()).toBe(0)
    expect(errors()).toEqual([])
  })

  test('what is not known does not look like what is not there', async () => {
    await using server = await serveBuilt(folder, { hosts: 28, accountsPerHost: 28 })
    await using session = await visit(server.url, { viewport: WIDE })
    const { page } = session
    await logIn(page)
    await open(page, `${server.url}/accounts?filter=last_login:unknown`)
    const cells = page.locator('tbody td[title^="unknown: it could not be looked at"]')
    await cells.first().waitFor()
    expect(await cells.first().innerText()).toBe('unknown')
    await open(page, `${server.url}/accounts?filter=last_login:never`)
    await page.getByRole('cell', { name: 'never' }).first().waitFor()
  })

  test('a mistake in a filter is shown where it stands', async () => {
    await using server = await serveBuilt(folder, { hosts: 14, accountsPerHost: 5 })
    await using session = await visit(server.url, { viewport: WIDE })
    const { page } = session
    await logIn(page)
    await open(page, `${server.url}/accounts`)
    const filter = page.getByRole('combobox', { name: 'Filter' })
    await filter.fill('host:db* privilged:yes')
    await filter.press('Escape')
    await page.getByText('did you mean “privileged”? (character 10)').waitFor()
    expect(await page.locator('mark').innerText()).toBe('privilged:yes')
    expect(await filter.getAttribute('aria-invalid')).toBe('true')
  })

  test('nothing scanned yet says what to do', async () => {
    await using server = await serveBuilt(folder, { hosts: 0, accountsPerHost: 0, firstLogin: true })
    await using session = await visit(server.url, { viewport: WIDE })
    const { page } = session
    await page.getByRole('heading', { name: 'First login' }).waitFor()
    await page.getByLabel('One-time secret').fill('sample')
    await page.getByLabel('Choose a user name').fill('amelia')
    await page.getByLabel('Choose a password').fill('too short')
    await page.getByRole('button', { name: 'Create the account' }).click()
    await page.getByText('At least 12 characters; 3 more.').waitFor()
    await page.getByLabel('Choose a password').fill('a long enough sentence')
    await page.getByRole('button', { name: 'Create the account' }).click()
    await page.getByText('Nothing has been looked at yet, so nothing is known.').waitFor()
    await open(page, `${server.url}/accounts`)
    await page.getByRole('heading', { name: 'Nothing was looked at yet' }).waitFor()
    expect(await page.getByRole('link', { name: 'Add targets' }).isVisible()).toBe(true)
  })
})

describe('when things go wrong', () => {
  test('a session that ends asks for the login and returns to the same page', async () => {
    await using server = await serveBuilt(folder, { hosts: 14, accountsPerHost: 5 })
    await using session = await visit(server.url, { viewport: WIDE })
    const { page } = session
    await logIn(page)
    await open(page, `${server.url}/accounts?filter=privileged:yes`)
    await page.evaluate(
      `fetch('/api/v1/session', { method: 'DELETE', headers: { 'X-Rollcall': '1' } }).then(() => undefined)`,
    )
    await page.getByRole('button', { name: 'Host' }).click()
    await page.getByLabel('Password').fill('wrong')
    await page.getByLabel('User name').fill('amelia')
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.getByText('The name or the password is not right.').waitFor()
    await logIn(page)
    await page.getByText('accounts match').waitFor()
    expect(page.url()).toContain('filter=privileged')
  })

  test('a scan is followed by asking where its events do not arrive, and the page says so', async () => {
    await using server = await serveBuilt(folder, { hosts: 56, accountsPerHost: 2 })
    await using session = await visit(server.url, { viewport: WIDE })
    const { page } = session
    await page.route('**/api/v1/events', (route) => route.abort())
    await logIn(page)
    await page.getByText('Live updates are interrupted.').waitFor()
    await open(page, `${server.url}/scans`)
    await page.getByRole('button', { name: 'Start a scan' }).click()
    await page.getByRole('button', { name: 'Scan everything' }).click()
    const bar = page.getByRole('progressbar')
    await page.getByRole('heading', { name: 'Scan in progress' }).waitFor()
    const before = Number(await bar.getAttribute('aria-valuenow'))
    await page.waitForFunction(
      (then) => Number(document.querySelector('[role=progressbar]')?.getAttribute('aria-valuenow')) > then,
      before,
    )
    expect(Number(await bar.getAttribute('aria-valuenow'))).toBeGreaterThan(before)
  })

  test('a server that is gone is said to be gone, and found again', async () => {
    await using server = await serveBuilt(folder, { hosts: 14, accountsPerHost: 5 })
    await using session = await visit(server.url, { viewport: WIDE })
    const { page } = session
    await logIn(page)
    await page.getByRole('heading', { name: 'Overview' }).waitFor()
    await page.route('**/api/**', (route) => route.abort())
    await page.getByRole('link', { name: 'Targets' }).click()
    await page.getByText('Rollcall does not answer. Trying again').waitFor()
    await page.unroute('**/api/**')
    await page.getByRole('heading', { name: 'Frankfurt' }).waitFor()
    await page.getByText('Rollcall does not answer. Trying again').waitFor({ state: 'detached' })
    expect(await page.getByRole('heading', { name: 'Frankfurt' }).isVisible()).toBe(true)
  })
})

const build = (to: string): Promise<void> =>
  new Promise((built, failed) => {
    const vite = fileURLToPath(new URL('bin/vite.js', import.meta.resolve('vite/package.json')))
    const child = spawn(process.execPath, [vite, 'build', '--outDir', to, '--emptyOutDir', '--logLevel', 'warn'], {
      cwd: DASHBOARD,
      // Under a test's own NODE_ENV the libraries' development builds would be taken.
      env: { ...process.env, NODE_ENV: 'production' },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')))
    child.once('error', failed)
    child.once('exit', (code) => (code === 0 ? built() : failed(new Error(`vite build ended with ${code}: ${said}`))))
  })

interface Visit extends AsyncDisposable {
  readonly page: Page
  /** What the policy refused so far. */
  readonly violations: () => Promise<string[]>
  /** What the page threw or complained of. */
  readonly errors: () => string[]
}

const visit = async (url: string, options: BrowserContextOptions): Promise<Visit> => {
  const context: BrowserContext = await browser.newContext(options)
  const refused: string[] = []
  const errors: string[] = []
  const page = await context.newPage()
  await page.exposeFunction('policyRefused', (what: string) => refused.push(what))
  await page.addInitScript(`
    document.addEventListener('securitypolicyviolation', (event) => {
      void policyRefused([event.violatedDirective, event.blockedURI, event.sourceFile, event.lineNumber].join(' '))
    })`)
  page.on('pageerror', (error) => errors.push(error.message))
  page.on('console', (message) => {
    // Answers that refuse something are expected; the browser complains of them by itself.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) errors.push(message.text())
  })
  await page.goto(url)
  await page.locator('main').waitFor()
  return { page, violations: async () => refused, errors: () => errors, [Symbol.asyncDispose]: () => context.close() }
}

const logIn = async (page: Page) => {
  await page.getByLabel('User name').fill('amelia')
  await page.getByLabel('Password').fill('a long enough sentence')
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.getByRole('navigation', { name: 'Main' }).first().waitFor()
}

/** Goes to a page as a link would, and waits until what it asked for is there. */
const open = async (page: Page, address: string) => {
  await page.evaluate(`history.pushState({}, '', ${JSON.stringify(address)})`)
  await page.locator('h1').waitFor()
  await page.waitForFunction(() => document.querySelector('[class*=skeleton], [data-stale=true]') === null)
}

const faults = async (page: Page): Promise<string[]> => {
  if (!(await page.evaluate(`'axe' in globalThis`))) await page.addScriptTag({ path: AXE })
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: {
        run(
          options: object,
        ): Promise<{ violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }>
      }
    }
    const { violations } = await axe.run({
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    })
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary.slice(0, 300)}`),
    )
  })
}
