import type { ScanDetail, ScanShare, ScanSummary, ScanTarget } from '@rollcall/contract/api'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { is } from '../filter/terms.ts'
import { count, counted } from '../format/count.ts'
import { duration } from '../format/time.ts'
import { toneOf } from '../format/tone.ts'
import { visibleText } from '../format/visible-text.ts'
import { useAsking } from '../server/live.ts'
import { scanQuery } from '../server/queries.ts'
import { command } from '../server/request.ts'
import { Page } from '../shell/page.tsx'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Glyph, Mark } from '../ui/mark.tsx'
import { Failure, Notice, Skeleton } from '../ui/notice.tsx'
import { Said } from '../ui/said.tsx'
import { useElapsed, When } from '../ui/when.tsx'
import { ListLink } from './list-link.tsx'
import { ScanBar } from './scan-bar.tsx'
import { doneOf, isOpen, startedBy, timeLeft } from './scan-words.ts'
import styles from './scan.module.css'

const LISTED = 100

/** One run, as it happens: how far it is, what stands in its way, and each target. */
export const ScanPage = ({ id }: { id: string }) => {
  const client = useQueryClient()
  const known = client.getQueryData(scanQuery(id).queryKey)
  const asking = useAsking(known === undefined || isOpen(known.scan))
  const scan = useQuery({ ...scanQuery(id), refetchInterval: asking })
  if (scan.data === undefined) {
    return (
      <Page title="Scan" lead={<span>…</span>}>
        {scan.isError ? (
          <Failure error={scan.error} what="The scan could not be read" retry={() => void scan.refetch()} />
        ) : (
          <Skeleton lines={12} height={26} />
        )}
      </Page>
    )
  }
  const { scan: summary, causes, targets, shares } = scan.data
  return (
    <Page
      title={isOpen(summary) ? 'Scan in progress' : 'Scan'}
      lead={
        <>
          <Link to="/scans">All scans</Link> · started <When at={summary.startedAt} /> {visibleText(startedBy(summary))}
        </>
      }
      actions={isOpen(summary) && <Cancel scan={summary} />}
    >
      <Progress scan={summary} />
      {summary.state === 'interrupted' && (
        <Notice tone="unknown" title="This scan was interrupted">
          <p>Rollcall ended while it ran. Its open targets are scanned again.</p>
        </Notice>
      )}
      <Causes causes={causes} />
      <Shares shares={shares} />
      <Targets scan={summary} targets={targets} />
    </Page>
  )
}

const Progress = ({ scan }: { scan: ScanSummary }) => {
  const elapsed = useElapsed(scan.startedAt, scan.finishedAt)
  const left = timeLeft(scan, elapsed)
  const here = `${is('scan', scan.id)} `
  const figures = [
    ['complete', scan.complete, 'good', `${here}outcome:complete`],
    ['in part', scan.partial, 'unknown', `${here}outcome:partial,truncated`],
    ['failed', scan.failed, 'bad', `${here}outcome:failed,timed-out,denied,absent`],
    ['running', scan.running, 'active', `${here}state:running`],
    ['queued', scan.queued, 'plain', `${here}state:queued`],
  ] as const
  return (
    <section className={styles['progress']} aria-label="Progress">
      <p className={styles['statement']}>
        <b>{count(doneOf(scan))}</b> of {count(scan.planned)} {scan.planned === 1 ? 'target' : 'targets'}{' '}
        {isOpen(scan) ? 'done' : scan.state}
        <span className={styles['time']}>
          {duration(elapsed)}
          {left !== undefined && `, about ${duration(left)} left`}
        </span>
      </p>
      <ScanBar scan={scan} />
      <ul className={styles['figures']}>
        {figures
          .filter(([title, value]) => value > 0 || title === 'complete' || title === 'failed')
          .map(([title, value, tone, filter]) => (
            <li key={title}>
              <ListLink view="scan_targets" filter={filter} className={styles['figure']}>
                {tone === 'active' && !isOpen(scan) ? <Glyph tone="plain" /> : <Glyph tone={tone} />}
                <b>{count(value)}</b> {title}
              </ListLink>
            </li>
          ))}
        {scan.swept > 0 && (
          <li className={styles['swept']}>
            {counted(scan.swept, 'address', 'addresses')} of ranges probed, nothing answered on {count(scan.silent)}
          </li>
        )}
      </ul>
    </section>
  )
}

const Causes = ({ causes }: { causes: ScanDetail['causes'] }) =>
  causes.length > 0 && (
    <section aria-labelledby="causes" className={styles['section']}>
      <h2 id="causes">What stood in the way</h2>
      <ul className={styles['causes']}>
        {causes.map(({ reason, sentence, count: targets, examples }) => (
          <li key={reason}>
            <b>{count(targets)}</b>
            <div>
              <p>
                <Said>{sentence}</Said>
              </p>
              <p className={styles['examples']}>
                {examples.map((example, index) => (
                  <span key={example}>
                    {index > 0 && ', '}
                    <code>{visibleText(example)}</code>
                  </span>
                ))}
                {targets > examples.length && examples.length > 0 && ` and ${count(targets - examples.length)} more`}
              </p>
            </div>
          </li>
        ))}
      </ul>
    </section>
  )

const SHARE_WORDS: Readonly<Record<ScanShare['state'], string>> = {
  waiting: 'waits',
  given: 'ordered',
  taken: 'at work',
  ending: 'nearly done',
  ended: 'done',
  lost: 'taken over',
}
const SHARE_TONES = {
  waiting: 'plain',
  given: 'plain',
  taken: 'active',
  ending: 'active',
  ended: 'good',
  lost: 'unknown',
} as const

/** Which agent has what: more than one part, or one that changed hands. */
const Shares = ({ shares }: { shares: readonly ScanShare[] }) =>
  shares.length > 0 && (
    <section aria-labelledby="shares" className={styles['section']}>
      <h2 id="shares">Who looks at what</h2>
      <ul className={styles['targets']}>
        {shares.slice(0, LISTED).map(({ id, state, agent, planned, done, reason }) => (
          <li key={id}>
            <Mark tone={SHARE_TONES[state]}>{SHARE_WORDS[state]}</Mark>
            <div>
              <p className={styles['name']}>{agent === null ? 'no agent yet' : <Said>{agent.name}</Said>}</p>
              {reason !== null && <p className={styles['sentence']}>{visibleText(reason)}</p>}
            </div>
            <span className={styles['took']}>
              {count(done)} of {counted(planned, 'target')}
            </span>
          </li>
        ))}
      </ul>
    </section>
  )

const Targets = ({ scan, targets }: { scan: ScanSummary; targets: readonly ScanTarget[] }) => (
  <section aria-labelledby="targets" className={styles['section']}>
    <h2 id="targets">
      Targets{' '}
      <ListLink view="scan_targets" filter={is('scan', scan.id)}>
        all {count(scan.planned)} as a table
      </ListLink>
    </h2>
    {targets.length === 0 ? (
      <p className={styles['quiet']}>{isOpen(scan) ? 'No target has begun yet.' : 'It had no targets.'}</p>
    ) : (
      <ul className={styles['targets']}>
        {targets.slice(0, LISTED).map((target) => (
          <Target key={target.target} target={target} />
        ))}
      </ul>
    )}
    {targets.length > LISTED && (
      <p className={styles['quiet']}>Those that are running or did not end well come first; the table has all.</p>
    )}
  </section>
)

const Target = ({
  target: { target, state, host, outcome, sentence, startedAt, finishedAt },
}: {
  target: ScanTarget
}) => (
  <li>
    <Mark tone={state === 'running' ? 'active' : outcome === null ? 'plain' : toneOf('outcome', outcome)}>
      {outcome ?? state}
    </Mark>
    <div>
      <p className={styles['name']}>
        {host === null ? (
          <code>{visibleText(target)}</code>
        ) : (
          <>
            <Link to="/hosts" search={{ open: host.id }}>
              <Said>{host.name}</Said>
            </Link>{' '}
            <code className={styles['as']}>{visibleText(target)}</code>
          </>
        )}
      </p>
      {sentence !== null && (
        <p className={styles['sentence']}>
          <Said>{sentence}</Said>
        </p>
      )}
    </div>
    <span className={styles['took']}>
      {startedAt !== null && finishedAt !== null
        ? duration(Date.parse(finishedAt) - Date.parse(startedAt))
        : startedAt !== null && <When at={startedAt} />}
    </span>
  </li>
)

const Cancel = ({ scan }: { scan: ScanSummary }) => {
  const client = useQueryClient()
  const [asked, setAsked] = useState(false)
  const cancel = useMutation({
    mutationFn: () => command(`/api/v1/scans/${encodeURIComponent(scan.id)}/cancel`, { method: 'POST' }),
    onSuccess: async () => {
      setAsked(false)
      await client.invalidateQueries({ queryKey: ['scan', scan.id] })
      await client.invalidateQueries({ queryKey: ['scans'] })
    },
  })
  return (
    <>
      <Button kind="danger" onPress={() => setAsked(true)}>
        Cancel the scan
      </Button>
      <Dialog title="Cancel this scan?" open={asked} close={() => setAsked(false)}>
        <div className={styles['ask']}>
          <p>What was read so far is kept. Targets that were not reached keep what earlier scans found.</p>
          {cancel.isError && <Failure error={cancel.error} what="The scan was not cancelled" />}
          <p className={styles['choices']}>
            <Button kind="danger" busy={cancel.isPending} onPress={() => cancel.mutate()}>
              Cancel the scan
            </Button>
            <Button onPress={() => setAsked(false)}>Let it run</Button>
          </p>
        </div>
      </Dialog>
    </>
  )
}
