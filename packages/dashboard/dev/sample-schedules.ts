import { changeSchedule, scheduleWish, type ScheduleItem } from '@rollcall/contract/api'

/** Schedules as a collector has them, for the dashboard's own tests: they are changed, paused and run, and time does not pass. */
export const sampleSchedules = (at: (daysAgo: number) => string) => {
  const next = [1, 2, 3, 4, 5].map((days) => ({
    at: at(-days),
    local: `${at(-days).slice(0, 10)} 02:30 GMT+1`,
    blackout: days === 3,
  }))
  const nightly: ScheduleItem = {
    id: 'n1',
    name: 'Nightly <b>in the data centre</b>',
    cron: '30 2 * * *',
    zone: 'Europe/Berlin',
    targets: {
      all: false,
      targetSets: ['ts1'],
      include: [
        '10.20.0.0/24',
        'computers of ldaps://dc.example.com',
        'a-host-with-a-very-long-name.rack-17.example.com',
      ],
      exclude: ['10.20.0.9'],
      views: [{ view: 'hosts', filter: 'os:debian' }],
      segment: 'dmz',
    },
    windowMinutes: 240,
    closes: true,
    blackouts: [{ days: [5, 6], from: '22:00', to: '06:00' }],
    catchUp: 'once',
    class: 'urgent',
    source: 'person',
    paused: false,
    pausedBy: null,
    createdAt: at(40),
    createdBy: 'amelia',
    changedAt: at(12),
    next,
    runs: [
      { ...ran(at(0.1)), state: 'running', scans: ['s1'] },
      { ...ran(at(1)), state: 'finished', startedAt: at(1), endedAt: at(0.9), scans: ['s1', 's2'] },
      { ...ran(at(2)), state: 'missed', reason: 'nothing could begin at its time, and the schedule does not catch up' },
      { ...ran(at(3)), state: 'coalesced', reason: `the run of ${at(4)} was still going on` },
      { ...ran(at(4)), state: 'failed', reason: 'segment dmz has no agent' },
    ],
  }
  let schedules: ScheduleItem[] = [
    {
      ...nightly,
      id: 'settings',
      name: 'Default',
      cron: '0 */6 * * *',
      zone: 'UTC',
      targets: { all: true, targetSets: [], include: [], exclude: [], views: [], segment: 'local' },
      windowMinutes: 0,
      closes: false,
      blackouts: [],
      catchUp: 'skip',
      class: 'routine',
      source: 'settings',
      paused: true,
      pausedBy: 'amelia',
      runs: [],
    },
    nightly,
  ]
  const become = (id: string, change: (schedule: ScheduleItem) => ScheduleItem) => {
    schedules = schedules.map((one) => (one.id === id ? change(one) : one))
    return schedules.find((one) => one.id === id)
  }
  return {
    all: () => schedules,
    /** Undefined: it is not as a schedule is. */
    add(body: unknown, by: string): ScheduleItem | undefined {
      const asked = scheduleWish.safeParse(body)
      if (!asked.success || asked.data.cron.includes('61')) return undefined
      const about = {
        source: 'person' as const,
        paused: false,
        pausedBy: null,
        createdAt: at(0),
        createdBy: by,
        changedAt: at(0),
      }
      const schedule: ScheduleItem = { id: `n${schedules.length + 1}`, ...asked.data, ...about, next, runs: [] }
      schedules = [...schedules, schedule]
      return schedule
    },
    change(id: string, body: unknown): ScheduleItem | undefined {
      const named = Object.entries(changeSchedule.parse(body)).filter(([, value]) => value !== undefined)
      return become(id, (one) => ({ ...one, ...(Object.fromEntries(named) as Partial<ScheduleItem>) }))
    },
    act(id: string, action: string, by: string): ScheduleItem | undefined {
      if (action === 'pause') return become(id, (one) => ({ ...one, paused: true, pausedBy: by }))
      if (action === 'resume') return become(id, (one) => ({ ...one, paused: false, pausedBy: null }))
      if (action === 'run')
        return become(id, (one) => ({
          ...one,
          runs: [
            { ...ran(at(0)), trigger: 'person' as const, by, state: 'running' as const, scans: ['s1'] },
            ...one.runs,
          ],
        }))
      return become(id, (one) => ({
        ...one,
        runs: one.runs.map((run) => (run.state === 'running' ? { ...run, state: 'cancelled' as const } : run)),
      }))
    },
    remove(id: string): void {
      schedules = schedules.filter((one) => one.id !== id)
    },
  }
}

const ran = (nominal: string): ScheduleItem['runs'][number] => ({
  nominal,
  local: `${nominal.slice(0, 10)} 02:30 GMT+1`,
  trigger: 'schedule',
  by: null,
  state: 'due',
  reason: null,
  startedAt: null,
  endedAt: null,
  scans: [],
})
