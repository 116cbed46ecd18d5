import type { AgentItem, AgentList } from '@rollcall/contract/api'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { count, counted } from '../format/count.ts'
import { duration } from '../format/time.ts'
import { visibleText } from '../format/visible-text.ts'
import { agentsQuery } from '../server/queries.ts'
import { Page } from '../shell/page.tsx'
import { Button } from '../ui/button.tsx'
import { Icon } from '../ui/icon.tsx'
import { Mark } from '../ui/mark.tsx'
import { Empty, Failure, Notice, Skeleton } from '../ui/notice.tsx'
import { When } from '../ui/when.tsx'
import { AgentDrawer } from './agent-drawer.tsx'
import { bytesText, clockText, concernsOf, isOff, missingOf, stateTone, stateWord } from './agent-words.ts'
import styles from './agents.module.css'
import { Enrol } from './enrol.tsx'
import { JoinTokens } from './join-tokens.tsx'
import { Policy } from './policy.tsx'
import { Suspended } from './suspended.tsx'

/** How often the page asks again: a heartbeat comes twice a minute. */
const AGAIN_MS = 5000

/** Who looks for the collector, how well that goes, and how more of them are let in. */
export const Agents = ({ open, show }: { open: string | undefined; show: (id: string | undefined) => void }) => {
  const agents = useQuery({ ...agentsQuery, refetchInterval: AGAIN_MS })
  const [enrolling, setEnrolling] = useState<{ replaces?: AgentItem }>()
  const hasBroker = agents.data !== undefined && agents.data.fleet.broker !== 'none'
  return (
    <Page
      title="Agents"
      lead="They stand where the hosts are, scan them, and send what they see. What they could not send waits with them."
      actions={
        hasBroker && (
          <Button kind="primary" onPress={() => setEnrolling({})}>
            <Icon name="plus" />
            Let an agent in
          </Button>
        )
      }
    >
      {agents.data === undefined ? (
        agents.isError ? (
          <Failure error={agents.error} what="The agents could not be listed" retry={() => void agents.refetch()} />
        ) : (
          <Skeleton lines={10} height={34} />
        )
      ) : (
        <>
          <Condition list={agents.data} />
          <Suspended />
          {!hasBroker ? (
            <Empty title="This collector hears no agents on other machines">
              <p>
                It scans with the agent in its own process, <b>{visibleText(agents.data.fleet.embedded.id)}</b>. Start
                it with <code>rollcall up --nats</code> to hear others.
              </p>
            </Empty>
          ) : agents.data.agents.length === 0 ? (
            <Empty
              title="No agent was let in yet"
              action={
                <Button kind="primary" onPress={() => setEnrolling({})}>
                  Let an agent in
                </Button>
              }
            >
              <p>One command on the machine that shall be an agent is enough. It makes its keys there itself.</p>
            </Empty>
          ) : (
            <ul className={styles['agents']} aria-label="Agents">
              {agents.data.agents.map((agent) => (
                <Row key={agent.id} agent={agent} version={agents.data.fleet.version} />
              ))}
            </ul>
          )}
          {hasBroker && <JoinTokens />}
          {hasBroker && <Policy />}
          <Refused refused={agents.data.refused} agents={agents.data.agents} />
        </>
      )}
      <AgentDrawer
        id={open}
        version={agents.data?.fleet.version ?? ''}
        close={() => show(undefined)}
        replace={(agent) => {
          show(undefined)
          setEnrolling({ replaces: agent })
        }}
      />
      <Enrol asked={enrolling} segments={segmentsOf(agents.data)} close={() => setEnrolling(undefined)} />
    </Page>
  )
}

const segmentsOf = (list: AgentList | undefined): readonly string[] => [
  ...new Set((list?.agents ?? []).map(({ segment }) => segment)),
]

/** How the collector keeps up with all of them. */
const Condition = ({ list: { agents, fleet, refused } }: { list: AgentList }) => {
  const heard = agents.filter(({ state }) => state === 'active').length
  const trusted = agents.filter(({ state }) => state !== 'revoked').length
  const lost = [...agents, fleet.embedded].reduce((sum, { gaps }) => sum + missingOf(gaps), 0)
  const perMinute = [...agents, fleet.embedded].reduce((sum, { reports }) => sum + reports.perMinute, 0)
  return (
    <section className={styles['condition']} aria-label="Fleet">
      {fleet.broker === 'away' && (
        <Notice tone="bad" title="The broker does not answer">
          <p>Agents keep what they see until it does. What is known here stays as it was.</p>
        </Notice>
      )}
      <dl className={styles['figures']}>
        {fleet.broker !== 'none' && (
          <Figure title="Agents heard" tone={heard < trusted ? 'bad' : 'good'}>
            <b>{count(heard)}</b> of {count(trusted)}
          </Figure>
        )}
        <Figure title="Reports that wait">
          {fleet.queue === null ? (
            'not known'
          ) : (
            <>
              <b>{count(fleet.queue.messages)}</b>
              {fleet.queue.messages > 0 && ` (${bytesText(fleet.queue.bytes)})`}
            </>
          )}
        </Figure>
        <Figure title="The oldest waits" tone={fleet.lagSeconds > LATE_SECONDS ? 'bad' : 'plain'}>
          {fleet.queue === null
            ? 'not known'
            : fleet.queue.oldest === null
              ? 'none does'
              : duration(fleet.lagSeconds * 1000)}
        </Figure>
        <Figure title="Targets a minute">
          <b>{count(Math.round(perMinute * 10) / 10)}</b>
        </Figure>
        <Figure title="Reports missing" tone={lost > 0 ? 'bad' : 'plain'}>
          {lost > 0 ? <b>{count(lost)}</b> : 'none'}
        </Figure>
        <Figure title="Messages not believed" tone={refused.length > 0 ? 'unknown' : 'plain'}>
          {refused.length === 0 ? 'none' : <b>{count(refused.reduce((sum, { count: times }) => sum + times, 0))}</b>}
        </Figure>
      </dl>
    </section>
  )
}

/** Reports of a healthy fleet wait for seconds. */
const LATE_SECONDS = 60

const Figure = ({
  title,
  tone = 'plain',
  children,
}: {
  title: string
  tone?: 'good' | 'bad' | 'unknown' | 'plain'
  children: React.ReactNode
}) => (
  <div data-look={tone}>
    <dt>{title}</dt>
    <dd>{children}</dd>
  </div>
)

const Row = ({ agent, version }: { agent: AgentItem; version: string }) => (
  <li className={styles['agent']}>
    <div className={styles['who']}>
      <Link to="/agents" search={{ open: agent.id }} className={styles['name']}>
        {visibleText(agent.name)}
      </Link>
      <span>
        segment <b>{agent.segment}</b> · {visibleText(agent.version)}
        {agent.version !== version && ' (another than the collector’s)'}
      </span>
    </div>
    <div className={styles['state']}>
      <Mark tone={stateTone(agent)}>{stateWord(agent)}</Mark>
      <span>
        {agent.lastHeartbeat === null ? (
          'not heard yet'
        ) : (
          <>
            heard <When at={agent.lastHeartbeat} />
          </>
        )}
      </span>
    </div>
    <dl className={styles['numbers']}>
      <Number title="Spool">
        {agent.spool === null ? 'unknown' : agent.spool.rows === 0 ? 'empty' : count(agent.spool.rows)}
      </Number>
      <Number title="A minute">{count(agent.reports.perMinute)}</Number>
      <Number title="Clock" off={isOff(agent.clockOffsetMs)}>
        {clockText(agent.clockOffsetMs)}
      </Number>
      <Number title="Scanning">{agent.scanning === null ? 'unknown' : count(agent.scanning)}</Number>
    </dl>
    {concernsOf(agent).length > 0 && (
      <ul className={styles['concerns']}>
        {concernsOf(agent).map((concern) => (
          <li key={concern}>{concern}</li>
        ))}
      </ul>
    )}
  </li>
)

const Number = ({ title, off = false, children }: { title: string; off?: boolean; children: React.ReactNode }) => (
  <div data-off={off}>
    <dt>{title}</dt>
    <dd>{children}</dd>
  </div>
)

/** Messages that were not believed: by whom they claim to be from, since nothing else is known of them. */
const Refused = ({ refused, agents }: { refused: AgentList['refused']; agents: readonly AgentItem[] }) => {
  const names = new Map(agents.map(({ id, name }) => [id, name]))
  if (refused.length === 0) return null
  return (
    <section className={styles['block']} aria-labelledby="refused">
      <h2 id="refused">Not believed</h2>
      <p className={styles['quiet']}>
        Nothing of these was taken in. An agent that was revoked or set up anew goes on speaking for a while; anything
        else is worth a look.
      </p>
      <ul className={styles['refused']}>
        {refused.slice(0, 50).map(({ source, code, count: times, lastAt, sentence }) => (
          <li key={`${source} ${code}`}>
            <b>{counted(times, 'time')}</b>
            <div>
              <p>{visibleText(sentence)}</p>
              <p className={styles['quiet']}>
                in the name of <code>{visibleText(names.get(source) ?? source)}</code>, last <When at={lastAt} />
              </p>
            </div>
          </li>
        ))}
      </ul>
    </section>
  )
}
