import { scheduleDetail, type ScheduleItem } from '@rollcall/contract/api'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import { visibleText } from '../format/visible-text.ts'
import { entriesOf } from '../pages/target-entries.ts'
import { targetsQuery, viewsQuery } from '../server/queries.ts'
import { request } from '../server/request.ts'
import { Button } from '../ui/button.tsx'
import { Choice, Field, TextArea, Tick } from '../ui/field.tsx'
import { Failure } from '../ui/notice.tsx'
import { blackoutsOf, blackoutWords } from './schedule-words.ts'
import styles from './schedules.module.css'

const CATCH_UP = [
  ['once', 'catch up once for all'],
  ['skip', 'leave them out'],
  ['all', 'catch up each while its window is open'],
] as const
const CLASSES = [
  ['routine', 'routine'],
  ['urgent', 'urgent: before routine ones'],
] as const

const here = () => Intl.DateTimeFormat().resolvedOptions().timeZone

/** Makes a schedule, or changes one. */
export const ScheduleForm = ({ schedule, done }: { schedule?: ScheduleItem; done: () => void }) => {
  const client = useQueryClient()
  const { data: sets = [] } = useQuery(targetsQuery)
  const { data: views = [] } = useQuery(viewsQuery)
  const known = schedule?.targets
  const [name, setName] = useState(schedule?.name ?? '')
  const [cron, setCron] = useState(schedule?.cron ?? '0 3 * * *')
  const [zone, setZone] = useState(schedule?.zone ?? here())
  const [all, setAll] = useState(known?.all ?? true)
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set(known?.targetSets))
  const [entries, setEntries] = useState(
    [...(known?.include ?? []), ...(known?.exclude ?? []).map((entry) => `!${entry}`)].join('\n'),
  )
  const [segment, setSegment] = useState(known?.segment ?? 'local')
  const [view, setView] = useState(known?.views[0]?.view ?? '')
  const [filter, setFilter] = useState(known?.views[0]?.filter ?? '')
  const [minutes, setMinutes] = useState(String(schedule?.windowMinutes ?? 0))
  const [closes, setCloses] = useState(schedule?.closes ?? false)
  const [blackouts, setBlackouts] = useState((schedule?.blackouts ?? []).map(blackoutWords).join('\n'))
  const [catchUp, setCatchUp] = useState<string>(schedule?.catchUp ?? 'once')
  const [queue, setQueue] = useState<string>(schedule?.class ?? 'routine')
  const [tried, setTried] = useState(false)
  const quiet = blackoutsOf(blackouts)
  const { include, exclude } = entriesOf(entries)
  const isWindow = /^\d{1,5}$/.test(minutes) && Number(minutes) <= 10_080
  const nothing = !all && chosen.size === 0 && include.length === 0 && view === ''

  const save = useMutation({
    mutationFn: () =>
      request(
        `/api/v1/schedules${schedule === undefined ? '' : `/${encodeURIComponent(schedule.id)}`}`,
        scheduleDetail,
        {
          method: schedule === undefined ? 'POST' : 'PATCH',
          body: {
            name: name.trim(),
            cron: cron.trim(),
            zone: zone.trim(),
            targets: {
              all,
              targetSets: all ? [] : [...chosen],
              include,
              exclude,
              // The form shows the first of them; what else there is was made elsewhere, and stays.
              views: [...(view === '' ? [] : [{ view, filter }]), ...(known?.views.slice(1) ?? [])],
              segment: segment.trim(),
            },
            windowMinutes: Number(minutes),
            closes,
            blackouts: 'blackouts' in quiet ? quiet.blackouts : [],
            catchUp,
            class: queue,
          },
        },
      ),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['schedules'] })
      done()
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (name.trim() !== '' && isWindow && !nothing && 'blackouts' in quiet) save.mutate()
  }
  return (
    <form className={styles['form']} onSubmit={submit} noValidate>
      <Field
        label="Name"
        value={name}
        maxLength={100}
        autoComplete="off"
        onChange={(event) => setName(event.target.value)}
        error={tried && name.trim() === '' ? 'Give it a name.' : undefined}
      />
      <Field
        label="Times"
        value={cron}
        autoComplete="off"
        onChange={(event) => setCron(event.target.value)}
        hint="Minute, hour, day of the month, month, day of the week: 30 2 * * 1-5 is half past two from Monday to Friday."
      />
      <Field label="Time zone" value={zone} autoComplete="off" onChange={(event) => setZone(event.target.value)} />
      <fieldset>
        <legend>What it looks at</legend>
        <Tick label="Every target set there is" checked={all} change={setAll} />
        {!all &&
          sets.map(({ id, name: title }) => (
            <Tick
              key={id}
              label={visibleText(title)}
              checked={chosen.has(id)}
              change={(isChosen) =>
                setChosen((now) => new Set(isChosen ? [...now, id] : [...now].filter((one) => one !== id)))
              }
            />
          ))}
      </fieldset>
      <TextArea
        label="Further targets, one per line"
        value={entries}
        rows={3}
        onChange={(event) => setEntries(event.target.value)}
        hint="Hosts, ranges, blocks, directories, computers of a directory. A line with ! in front is left out of everything it looks at."
        error={tried && nothing ? 'Say what it looks at.' : undefined}
      />
      <Field
        label="Segment of these"
        value={segment}
        autoComplete="off"
        onChange={(event) => setSegment(event.target.value)}
        hint="Whose agents look at them; local is what this machine reaches itself."
      />
      <div className={styles['pair']}>
        <Choice
          label="Hosts of a view"
          value={view}
          change={setView}
          options={[['', 'none'], ...views.filter(hasHosts).map(({ id, title }) => [id, title] as const)]}
        />
        <Field
          label="with the filter"
          value={filter}
          disabled={view === ''}
          placeholder="os:debian"
          onChange={(event) => setFilter(event.target.value)}
        />
      </div>
      <div className={styles['pair']}>
        <Field
          label="Minutes over which starts are spread"
          inputMode="numeric"
          value={minutes}
          onChange={(event) => setMinutes(event.target.value)}
          error={isWindow ? undefined : 'Up to 10080 minutes, a week.'}
        />
        <Choice label="When both wait" value={queue} change={setQueue} options={CLASSES} />
      </div>
      <Tick
        label="Nothing begins after these minutes; what is left is told as left out"
        checked={closes}
        change={setCloses}
      />
      <TextArea
        label="Blackouts, one per line"
        value={blackouts}
        rows={2}
        onChange={(event) => setBlackouts(event.target.value)}
        placeholder={'Fri Sat 22:00-06:00\n2026-12-24 00:00 to 2026-12-27 00:00 UTC'}
        error={'line' in quiet ? `“${visibleText(quiet.line)}” is none.` : undefined}
      />
      <Choice label="Times that could not be kept" value={catchUp} change={setCatchUp} options={CATCH_UP} />
      {save.isError && <Failure error={save.error} what="Nothing was changed" />}
      <Button kind="primary" type="submit" busy={save.isPending}>
        {schedule === undefined ? 'Add the schedule' : 'Change it'}
      </Button>
    </form>
  )
}

const hasHosts = ({ id, columns }: { id: string; columns: readonly { id: string }[] }) =>
  id === 'hosts' || columns.some((column) => column.id === 'host_id')
