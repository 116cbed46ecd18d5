import {
  scheduleDetail,
  scheduleList,
  schedulePreview,
  scheduleWish,
  type ScheduleItem,
  type ScheduleWish,
} from '@rollcall/contract/api'
import { z } from 'zod'
import { EXIT, readArgs, type Command } from '../command.ts'
import { durationMs } from '../duration.ts'
import { stateFolder } from '../folders.ts'
import { localApi, type LocalApi } from '../local-api.ts'
import { blackoutText, parseBlackout } from '../schedule-words.ts'
import { printable } from '../terminal/printable.ts'
import { textTable } from '../terminal/table.ts'
import { UsageError } from '../usage-error.ts'

export const schedules: Command = {
  name: 'schedules',
  summary: 'list, create, change, pause, run and remove schedules of scans',
  help: `Usage:
  rollcall schedules [list] [--json]
  rollcall schedules show ID [--json]
  rollcall schedules create NAME CRON [ENTRY…] [options] [--preview]
  rollcall schedules change ID [options]
  rollcall schedules pause|resume|run|cancel|remove ID

CRON has five fields: minute, hour, day of the month, month, day of the week, such as "30 2 * * 1-5". ENTRY is as
in "rollcall targets add". Clocks that go forward lose no run, and those that go back double none.

What it looks at, together with every ENTRY:
  --all              every target set there is when a run begins
  --targets ID       a target set; may be repeated
  --view VIEW=FILTER the hosts of the rows of a view, such as "hosts=os:debian"; may be repeated
  --exclude ENTRY    hosts, blocks and ranges that are left out; may be repeated
  --segment S        whose agents look at the entries (default local)

When:
  --zone ZONE        the time zone, such as Europe/Berlin (default UTC)
  --window TIME      starts are spread over this, such as 4h; a target has the same place in it every time
  --closes           what has not begun when the window ends is left out, and told so
  --blackout WHEN    when nothing is begun: "fri,sat 22:00-06:00", or two instants with a slash between; may be repeated
  --catch-up HOW     what becomes of times that could not be kept: skip, once (default), or all whose window is open
  --urgent           goes before routine runs wherever both wait

Options:
  --name NAME        for "change": another name
  --cron CRON        for "change": other times
  --preview          only say what it would do
  --data DIR         the data folder of the running collector
`,

  async run(args) {
    const { values, positionals } = readArgs(args, OPTIONS)
    const api = localApi(values.data ?? stateFolder())
    const [action = 'list', ...rest] = positionals
    const json = values.json === true
    switch (action) {
      case 'list':
        return list(api, json)
      case 'show':
        return told((await api.call('GET', pathOf(rest, action), scheduleDetail)).schedule, json)
      case 'create':
        return create(api, rest, values)
      case 'change':
        return change(api, rest, values)
      case 'pause':
      case 'resume':
      case 'run':
      case 'cancel':
        return told((await api.call('POST', `${pathOf(rest, action)}/${action}`, scheduleDetail)).schedule, json)
      case 'remove':
        await api.call('DELETE', pathOf(rest, action), z.unknown())
        process.stdout.write('Removed. What its runs found stays in the inventory.\n')
        return EXIT.done
      default:
        throw new UsageError(`"rollcall schedules ${action}" is not known; see "rollcall schedules --help".`)
    }
  },
}

const OPTIONS = {
  data: { type: 'string' },
  json: { type: 'boolean' },
  all: { type: 'boolean' },
  targets: { type: 'string', multiple: true },
  view: { type: 'string', multiple: true },
  exclude: { type: 'string', multiple: true },
  segment: { type: 'string' },
  zone: { type: 'string' },
  window: { type: 'string' },
  closes: { type: 'boolean' },
  blackout: { type: 'string', multiple: true },
  'catch-up': { type: 'string' },
  urgent: { type: 'boolean' },
  name: { type: 'string' },
  cron: { type: 'string' },
  preview: { type: 'boolean' },
} as const

type Values = ReturnType<typeof readArgs<typeof OPTIONS>>['values']

const pathOf = ([id]: readonly string[], action: string) => {
  if (id === undefined) throw new UsageError(`Which one? rollcall schedules ${action} ID`)
  return `/api/v1/schedules/${encodeURIComponent(id)}`
}

const list = async (api: LocalApi, json: boolean) => {
  const { schedules: found } = await api.call('GET', '/api/v1/schedules', scheduleList)
  process.stdout.write(
    json
      ? found.map((schedule) => `${JSON.stringify(schedule)}\n`).join('')
      : textTable(
          ['ID', 'NAME', 'TIMES', 'ZONE', 'NEXT', 'LAST'],
          found.map(({ id, name, cron, zone, paused, next, runs }) => [
            id,
            printable(name),
            cron,
            zone,
            paused ? 'paused' : (next[0]?.local ?? 'never'),
            runs[0] === undefined ? '' : `${runs[0].state} ${runs[0].local}`,
          ]),
        ),
  )
  return EXIT.done
}

/** What was said of a schedule; what was not is not there. */
const saidOf = (values: Values, include: readonly string[]) => {
  const chosen = {
    ...(values.all === undefined ? {} : { all: values.all }),
    ...(values.targets === undefined ? {} : { targetSets: values.targets }),
    ...(include.length === 0 ? {} : { include: [...include] }),
    ...(values.exclude === undefined ? {} : { exclude: values.exclude }),
    ...(values.view === undefined ? {} : { views: values.view.map(viewOf) }),
    ...(values.segment === undefined ? {} : { segment: values.segment }),
  }
  return {
    chosen,
    said: {
      ...(values.zone === undefined ? {} : { zone: values.zone }),
      ...(values.window === undefined ? {} : { windowMinutes: minutesOf(values.window) }),
      ...(values.closes === undefined ? {} : { closes: values.closes }),
      ...(values.blackout === undefined ? {} : { blackouts: values.blackout.map(parseBlackout) }),
      ...(values['catch-up'] === undefined ? {} : { catchUp: catchUpOf(values['catch-up']) }),
      ...(values.urgent === undefined ? {} : { class: values.urgent ? ('urgent' as const) : ('routine' as const) }),
    },
  }
}

const catchUpOf = (text: string): ScheduleWish['catchUp'] => {
  const read = scheduleWish.shape.catchUp.safeParse(text)
  if (!read.success) throw new UsageError(`--catch-up is one of skip, once, all, not "${text}".`)
  return read.data
}

const viewOf = (text: string) => {
  const [view = '', ...filter] = text.split('=')
  if (filter.length === 0)
    throw new UsageError(`--view is a view and a filter such as "hosts=os:debian", not "${text}".`)
  return { view, filter: filter.join('=') }
}

const minutesOf = (text: string) => {
  if (text === '0') return 0
  const minutes = durationMs('--window', text) / 60_000
  if (!Number.isInteger(minutes)) throw new UsageError('--window is a whole number of minutes, such as 90m or 4h.')
  return minutes
}

const create = async (api: LocalApi, [name, cron, ...include]: readonly string[], values: Values) => {
  if (name === undefined || cron === undefined)
    throw new UsageError('A schedule needs a name and times: rollcall schedules create NAME CRON ENTRY…')
  const { chosen, said } = saidOf(values, include)
  const wish = { name, cron, targets: chosen, ...said }
  if (values.preview !== true)
    return told((await api.call('POST', '/api/v1/schedules', scheduleDetail, wish)).schedule, values.json === true)
  const { next, segments } = await api.call('POST', '/api/v1/schedules/preview', schedulePreview, wish)
  process.stdout.write(
    `${nextTable(next)}\n${textTable(
      ['SEGMENT', 'ENTRIES', 'ADDRESSES'],
      segments.map(({ segment, entries, addresses }) => [segment, `${entries}`, `${addresses}`]),
    )}`,
  )
  return EXIT.done
}

const change = async (api: LocalApi, [id, ...include]: readonly string[], values: Values) => {
  const path = pathOf(id === undefined ? [] : [id], 'change')
  const { schedule } = await api.call('GET', path, scheduleDetail)
  const { chosen, said } = saidOf(values, include)
  const named = {
    ...said,
    ...(values.name === undefined ? {} : { name: values.name }),
    ...(values.cron === undefined ? {} : { cron: values.cron }),
    ...(Object.keys(chosen).length === 0 ? {} : { targets: { ...schedule.targets, ...chosen } }),
  }
  return told((await api.call('PATCH', path, scheduleDetail, named)).schedule, values.json === true)
}

const nextTable = (next: ScheduleItem['next']) =>
  textTable(
    ['NEXT', 'UTC', ''],
    next.map(({ at, local, blackout }) => [local, at, blackout ? 'in a blackout' : '']),
  )

const told = (schedule: ScheduleItem, json: boolean): number => {
  if (json) {
    process.stdout.write(`${JSON.stringify(schedule)}\n`)
    return EXIT.done
  }
  const { targets } = schedule
  const looksAt = [
    ...(targets.all ? ['every target set'] : []),
    ...targets.targetSets.map((id) => `target set ${id}`),
    ...targets.include.slice(0, 5),
    ...(targets.include.length > 5 ? [`and ${targets.include.length - 5} more`] : []),
    ...targets.views.map(({ view, filter }) => `hosts of ${view} with ${filter === '' ? 'any row' : filter}`),
    ...targets.exclude.slice(0, 5).map((entry) => `not ${entry}`),
  ]
  process.stdout.write(
    `${[
      `Schedule   ${schedule.id} (${printable(schedule.name)})${schedule.source === 'settings' ? ', of the settings' : ''}`,
      `Times      ${schedule.cron} in ${schedule.zone}${schedule.paused ? `, paused by ${printable(schedule.pausedBy ?? '')}` : ''}`,
      `Looks at   ${printable(looksAt.join(', '))}`,
      `Window     ${schedule.windowMinutes === 0 ? 'none' : `${schedule.windowMinutes} minutes${schedule.closes ? ', and nothing after' : ''}`}`,
      `Blackouts  ${schedule.blackouts.length === 0 ? 'none' : schedule.blackouts.map(blackoutText).join('; ')}`,
      `Catches up ${schedule.catchUp}, ${schedule.class}`,
    ].join('\n')}\n\n${nextTable(schedule.next)}`,
  )
  if (schedule.runs.length > 0)
    process.stdout.write(
      `\n${textTable(
        ['TIME', 'STATE', 'WHY', 'SCANS'],
        schedule.runs.map(({ local, state, reason, scans }) => [
          local,
          state,
          printable(reason ?? ''),
          scans.join(' '),
        ]),
      )}`,
    )
  return EXIT.done
}
