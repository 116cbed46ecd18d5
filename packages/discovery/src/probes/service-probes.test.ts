import { describe, expect, test } from 'vitest'
import { exampleHost, exampleTools, type ExampleWorld } from '../testing/example-host.ts'
import { scanHost } from '../scan.ts'
import cronJobs from './cron-jobs.ts'
import initServices from './init-services.ts'
import systemdUnits from './systemd-units.ts'

const ETC = '/etc/systemd/system'
const USR = '/usr/lib/systemd/system'

type Entry = NonNullable<ExampleWorld['entries']>[number]

const link = (path: string, target: string): Entry => ({ path, type: 'link', mode: 0o777, target })
const folders = (...paths: readonly string[]): Entry[] =>
  ['/', ...paths].map((path) => ({ path, type: 'folder', mode: 0o755 }))

/** A host with these units by path, and what a scan of it says. */
const scanned = async (units: Readonly<Record<string, string>>, entries: readonly Entry[] = []) => {
  const passwd = 'root:x:0:0::/root:/bin/sh\napp:x:990:990::/opt/app:/bin/sh\nal:x:1000:1000::/home/al:/bin/sh\n'
  const { host, trips } = exampleHost({
    files: { '/etc/passwd': passwd, '/etc/os-release': 'ID=debian\n', ...units },
    entries: [
      ...folders('/etc', '/etc/systemd', ETC, '/usr', '/usr/lib', '/usr/lib/systemd', USR, '/opt', '/opt/app'),
      ...(entries.some(({ path }) => path === '/lib') ? [] : [link('/lib', 'usr/lib')]),
      ...Object.keys(units).map((path): Entry => ({ path, size: 100 })),
      ...entries,
    ],
  })
  const { sections } = await scanHost(host, [systemdUnits, cronJobs, initServices], exampleTools)
  const findings = sections.flatMap((section) => section.findings)
  return {
    trips,
    findings,
    outcomes: sections.map(({ outcome }) => outcome.status),
    usages: findings.flatMap((one) =>
      one.kind === 'usage' ? [`${one.account}: ${one.name ?? ''} ${one.program ?? ''}`] : [],
    ),
    files: findings.flatMap((one) =>
      one.kind === 'file' ? [`${one.account ?? ''}: ${one.place.path} by ${one.writableBy?.join(' ') ?? ''}`] : [],
    ),
  }
}

describe('what a host tells in few rounds', () => {
  test('an ordinary one in three: what there is, what it says, who may change it', async () => {
    const { trips, usages } = await scanned(
      {
        [`${ETC}/app.service`]: '[Service]\nUser=app\nExecStart=/opt/app/serve\n',
        '/etc/cron.d/app': '* * * * * app /opt/app/tick\n',
      },
      [
        link(`${ETC}/multi-user.target.wants/app.service`, `${ETC}/app.service`),
        { path: '/opt/app/serve', mode: 0o755 },
      ],
    )
    expect(usages).toEqual(['app: app.service /opt/app/serve', 'app: /opt/app/tick /opt/app/tick'])
    expect(trips.length).toBeLessThanOrEqual(4)
  })

  test('a host with nothing of all this is complete, and nothing is found', async () => {
    expect(await scanned({})).toMatchObject({ findings: [], outcomes: ['complete', 'complete', 'complete'] })
  })
})

describe('of the units that packages bring', () => {
  const unit = (user: string) => `[Service]\n${user}ExecStart=/usr/bin/x\n[Install]\nWantedBy=multi-user.target\n`

  test('those of root are told where something starts them, and not even read otherwise', async () => {
    const { usages, trips } = await scanned({ [`${USR}/on.service`]: unit(''), [`${USR}/off.service`]: unit('') }, [
      link(`${ETC}/multi-user.target.wants/on.service`, `${USR}/on.service`),
    ])
    expect(usages).toEqual(['root: on.service /usr/bin/x'])
    expect(trips.flat().some((request) => request.kind === 'read' && request.pattern.includes('off.service'))).toBe(
      false,
    )
  })

  test('those of other accounts are told though nothing starts them', async () => {
    expect((await scanned({ [`${USR}/off.service`]: unit('User=app\n') })).usages).toEqual([
      'app: off.service /usr/bin/x',
    ])
  })

  test('masked ones are not told, and leave the outcome complete', async () => {
    const { usages, outcomes } = await scanned({ [`${USR}/x.service`]: unit('User=app\n') }, [
      link(`${ETC}/x.service`, '/dev/null'),
      link(`${ETC}/y.service`, '/dev/null'),
    ])
    expect(usages).toEqual([])
    expect(outcomes[0]).toBe('complete')
  })
})

test('an instance that only its timer names is told with what the timer says', async () => {
  const { findings } = await scanned(
    {
      [`${USR}/dump@.service`]: '[Service]\nUser=app\nExecStart=/usr/bin/dump %i\n',
      [`${USR}/dump@.timer`]: '[Timer]\nOnCalendar=weekly\n',
    },
    [link(`${ETC}/timers.target.wants/dump@main.timer`, `${USR}/dump@.timer`)],
  )
  expect(findings).toMatchObject([{ name: 'dump@main.service', schedule: 'OnCalendar=weekly', enabled: true }])
})

test('a unit that its timer calls by another name is read as well', async () => {
  const { findings } = await scanned(
    {
      [`${USR}/work.service`]: '[Service]\nExecStart=/usr/bin/work\n',
      [`${USR}/nightly.timer`]: '[Timer]\nOnCalendar=daily\nUnit=work.service\n',
    },
    [link(`${ETC}/timers.target.wants/nightly.timer`, `${USR}/nightly.timer`)],
  )
  expect(findings).toMatchObject([{ name: 'work.service', schedule: 'OnCalendar=daily', enabled: true }])
})

test('where /lib is a folder of its own its units are found too, and nowhere twice', async () => {
  const path = '/lib/systemd/system/a.service'
  const { usages } = await scanned({ [path]: '[Service]\nUser=app\nExecStart=/bin/a\n' }, [
    ...folders('/lib', '/lib/systemd', '/lib/systemd/system'),
    link(`${ETC}/multi-user.target.wants/a.service`, path),
  ])
  expect(usages).toEqual(['app: a.service /bin/a'])
})

test('what root runs and others may change is told with the file and line that names it', async () => {
  const { files, findings } = await scanned(
    {
      [`${ETC}/job.service`]: '[Service]\nExecStart=/bin/sh /opt/app/job.sh s3cret\nEnvironmentFile=/opt/app/env\n',
      '/etc/cron.d/app': '* * * * * root /opt/app/tick --key s3cret\n',
    },
    [
      { path: '/opt/app/job.sh', mode: 0o755, uid: 990 },
      { path: '/opt/app/env', mode: 0o666 },
      { path: '/opt/app/tick', mode: 0o775, gid: 990 },
      ...folders('/bin', '/etc/cron.d'),
      { path: '/bin/sh', mode: 0o755 },
    ],
  )
  expect(files).toEqual([
    'root: /opt/app/job.sh by owner',
    'root: /opt/app/env by group others',
    'root: /opt/app/tick by group',
  ])
  expect(findings.filter(({ kind }) => kind === 'file')[2]).toMatchObject({
    because: 'cron job',
    namedBy: { path: '/etc/cron.d/app', line: 1 },
  })
  expect(JSON.stringify(findings)).not.toContain('s3cret')
})

test('the own units of an account are found wherever its home is', async () => {
  const { usages } = await scanned({
    '/home/al/.config/systemd/user/bot.service': '[Service]\nExecStart=%h/bot\n',
    '/data/svc/.config/systemd/user/x.service': '[Service]\nExecStart=/bin/x\n',
    '/etc/passwd': 'al:x:1000:1000::/home/al:/bin/sh\nsvc:x:2:2::/data/svc:/bin/sh\n',
  })
  expect(usages.toSorted()).toEqual(['al: bot.service /home/al/bot', 'svc: x.service /bin/x'])
})

test('units for the manager of every account are told of accounts whose manager starts with the host', async () => {
  const { usages } = await scanned({ '/etc/systemd/user/agent.service': '[Service]\nExecStart=/usr/bin/agent\n' }, [
    { path: '/var/lib/systemd/linger/al' },
  ])
  expect(usages).toEqual(['al: agent.service /usr/bin/agent'])
})
