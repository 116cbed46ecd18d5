import type { ScheduleItem, ScheduleRun } from '@rollcall/contract/api'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { counted } from '../format/count.ts'
import { visibleText } from '../format/visible-text.ts'
import { schedulesQuery, targetsQuery } from '../server/queries.ts'
import { command } from '../server/request.ts'
import { Page } from '../shell/page.tsx'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Icon } from '../ui/icon.tsx'
import { Mark } from '../ui/mark.tsx'
import { Empty, Failure, Skeleton } from '../ui/notice.tsx'
import { When } from '../ui/when.tsx'
import { ScheduleForm } from './schedule-form.tsx'
import { blackoutWords, manner, targetWords, toneOfRun } from './schedule-words.ts'
import styles from './schedules.module.css'

const ASKED_MS = 5000

/** What is scanned by itself: when next, and how it went. */
export const SchedulesPage = () => {
  const schedules = useQuery({ ...schedulesQuery, refetchInterval: ASKED_MS })
  const [adding, setAdding] = useState(false)
  const add = (
    <Button kind="primary" onPress={() => setAdding(true)}>
      <Icon name="plus" />
      Add a schedule
    </Button>
  )
  return (
    <Page
      title="Schedules"
      lead="What is scanned by itself. Each time is kept once, whatever the clock or this machine does."
      actions={add}
    >
      {schedules.data === undefined ? (
        schedules.isError ? (
          <Failure
            error={schedules.error}
            what="The schedules could not be listed"
            retry={() => void schedules.refetch()}
          />
        ) : (
          <Skeleton lines={8} height={34} />
        )
      ) : schedules.data.length === 0 ? (
        <Empty title="Nothing is scanned by itself" action={add}>
          <p>Findings grow old until somebody starts a scan.</p>
        </Empty>
      ) : (
        <ul className={styles['schedules']}>
          {schedules.data.map((schedule) => (
            <Schedule key={schedule.id} schedule={schedule} />
          ))}
        </ul>
      )}
      <Dialog title="Add a schedule" open={adding} close={() => setAdding(false)}>
        <ScheduleForm done={() => setAdding(false)} />
      </Dialog>
    </Page>
  )
}

const SHOWN_TARGETS = 6

const Schedule = ({ schedule }: { schedule: ScheduleItem }) => {
  const { data: sets = [] } = useQuery(targetsQuery)
  const nameOf = (id: string) => sets.find((set) => set.id === id)?.name ?? 'a target set that is gone'
  const [first] = schedule.next
  const words = targetWords(schedule, nameOf)
  const title = visibleText(schedule.name)
  return (
    <li className={styles['schedule']}>
      <div className={styles['head']}>
        <h2>{title}</h2>
        <p>
          <code>{visibleText(schedule.cron)}</code> in {visibleText(schedule.zone)} · {manner(schedule)}
          {schedule.source === 'settings' && ' · written in the settings'}
        </p>
      </div>
      <p className={styles['next']}>
        {schedule.paused ? (
          <>
            <Mark tone="unknown">paused</Mark> by {visibleText(schedule.pausedBy ?? 'somebody')}
          </>
        ) : first === undefined ? (
          'There is no next time.'
        ) : (
          <>
            Next <When at={first.at} />, <b>{first.local}</b>
            {first.blackout && ' (in a blackout)'}
          </>
        )}
      </p>
      <ul className={styles['targets']} aria-label={`What ${title} looks at`}>
        {words.slice(0, SHOWN_TARGETS).map((word) => (
          <li key={word}>
            <code>{visibleText(word)}</code>
          </li>
        ))}
        {words.length > SHOWN_TARGETS && <li>{words.length - SHOWN_TARGETS} more</li>}
        {schedule.targets.exclude.length > 0 && (
          <li data-left="true">{counted(schedule.targets.exclude.length, 'entry', 'entries')} left out</li>
        )}
        {schedule.blackouts.map((blackout) => (
          <li key={blackoutWords(blackout)} data-left="true">
            not {blackoutWords(blackout)}
          </li>
        ))}
      </ul>
      <details className={styles['more']}>
        <summary>The next {counted(schedule.next.length, 'time')}</summary>
        <ol>
          {schedule.next.map(({ at, local, blackout }) => (
            <li key={at}>
              <time dateTime={at}>{local}</time>
              {blackout && ' (in a blackout)'}
            </li>
          ))}
        </ol>
      </details>
      <Runs runs={schedule.runs} title={title} />
      <Actions schedule={schedule} title={title} />
    </li>
  )
}

const SHOWN_RUNS = 5

const Runs = ({ runs, title }: { runs: readonly ScheduleRun[]; title: string }) =>
  runs.length === 0 ? (
    <p className={styles['quiet']}>It has not run yet.</p>
  ) : (
    <ul className={styles['runs']} aria-label={`Runs of ${title}`}>
      {runs.slice(0, SHOWN_RUNS).map((run) => (
        <li key={run.nominal}>
          <Mark tone={toneOfRun(run.state)}>{run.state}</Mark>
          <span>
            <time dateTime={run.nominal}>{run.local}</time>
            {run.trigger === 'person' && `, by ${visibleText(run.by ?? 'somebody')}`}
            {run.reason !== null && <span className={styles['why']}> {visibleText(run.reason)}</span>}
          </span>
          <span>
            {run.scans.map((scan, index) => (
              <Link key={scan} to="/scans/$scan" params={{ scan }}>
                {run.scans.length === 1 ? 'its scan' : `scan ${index + 1}`}
              </Link>
            ))}
          </span>
        </li>
      ))}
    </ul>
  )

const Actions = ({ schedule, title }: { schedule: ScheduleItem; title: string }) => {
  const client = useQueryClient()
  const [asked, setAsked] = useState<'change' | 'remove'>()
  const path = `/api/v1/schedules/${encodeURIComponent(schedule.id)}`
  const act = useMutation({
    mutationFn: (action: 'pause' | 'resume' | 'run' | 'cancel' | 'remove') =>
      action === 'remove' ? command(path, { method: 'DELETE' }) : command(`${path}/${action}`, { method: 'POST' }),
    onSuccess: async () => {
      setAsked(undefined)
      await client.invalidateQueries({
        predicate: ({ queryKey }) => queryKey[0] === 'schedules' || queryKey[0] === 'scans',
      })
    },
  })
  const isRunning = schedule.runs.some(({ state }) => state === 'running')
  const isBusy = (action: string) => act.isPending && act.variables === action
  const first = isRunning ? ('cancel' as const) : ('run' as const)
  const second = schedule.paused ? ('resume' as const) : ('pause' as const)
  return (
    <>
      <p className={styles['actions']}>
        <Button
          aria-label={`${isRunning ? 'Cancel the run of' : 'Run now:'} ${title}`}
          busy={isBusy(first)}
          onPress={() => act.mutate(first)}
        >
          {isRunning ? 'Cancel the run' : 'Run now'}
        </Button>
        <Button
          aria-label={`${schedule.paused ? 'Resume' : 'Pause'} ${title}`}
          busy={isBusy(second)}
          onPress={() => act.mutate(second)}
        >
          {schedule.paused ? 'Resume' : 'Pause'}
        </Button>
        {schedule.source === 'person' && (
          <>
            <Button aria-label={`Change ${title}`} onPress={() => setAsked('change')}>
              Change
            </Button>
            <Button kind="bare" aria-label={`Remove ${title}`} onPress={() => setAsked('remove')}>
              Remove
            </Button>
          </>
        )}
      </p>
      {act.isError && asked === undefined && <Failure error={act.error} what="That was not done" />}
      <Dialog title={`Change “${title}”`} open={asked === 'change'} close={() => setAsked(undefined)}>
        <ScheduleForm schedule={schedule} done={() => setAsked(undefined)} />
      </Dialog>
      <Dialog title={`Remove “${title}”?`} open={asked === 'remove'} close={() => setAsked(undefined)}>
        <div className={styles['form']}>
          <p>Nothing is scanned by it any more. What its runs found stays, and grows old.</p>
          {act.isError && <Failure error={act.error} what="It was not removed" />}
          <p className={styles['actions']}>
            <Button kind="danger" busy={isBusy('remove')} onPress={() => act.mutate('remove')}>
              Remove it
            </Button>
            <Button onPress={() => setAsked(undefined)}>Keep it</Button>
          </p>
        </div>
      </Dialog>
    </>
  )
}
