import { agentDetail, type AgentDetail, type AgentItem } from '@rollcall/contract/api'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Facts, Section } from '../drawers/parts.tsx'
import { count, counted } from '../format/count.ts'
import { duration } from '../format/time.ts'
import { visibleText } from '../format/visible-text.ts'
import { agentQuery } from '../server/queries.ts'
import { request } from '../server/request.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Field } from '../ui/field.tsx'
import { Mark, Unknown } from '../ui/mark.tsx'
import { Failure, Notice, Skeleton } from '../ui/notice.tsx'
import { When } from '../ui/when.tsx'
import { bytesText, capital, clockText, isOff, stateTone, stateWord } from './agent-words.ts'
import styles from './agents.module.css'

interface Props {
  id: string | undefined
  /** The collector's. */
  version: string
  close: () => void
  replace: (agent: AgentItem) => void
}

/** Everything about one agent, and what can be done about it. */
export const AgentDrawer = ({ id, version, close, replace }: Props) => {
  const agent = useQuery({ ...agentQuery(id ?? ''), enabled: id !== undefined, refetchInterval: 5000 })
  return (
    <Dialog
      shape="drawer"
      open={id !== undefined}
      close={close}
      kicker="Agent"
      title={agent.data ? visibleText(agent.data.agent.name) : 'Agent'}
    >
      {agent.data ? (
        <Detail detail={agent.data} version={version} replace={replace} />
      ) : agent.isError ? (
        <Failure error={agent.error} what="The agent could not be read" retry={() => void agent.refetch()} />
      ) : (
        <Skeleton lines={14} />
      )}
    </Dialog>
  )
}

const Detail = ({
  detail,
  version,
  replace,
}: {
  detail: AgentDetail
  version: string
  replace: (agent: AgentItem) => void
}) => {
  const { agent, credentials, generations } = detail
  const { spool, reports } = agent
  return (
    <>
      <Standing agent={agent} replace={replace} />
      <Section title="Now">
        <Facts
          rows={[
            [
              'State',
              <Mark key="" tone={stateTone(agent)}>
                {stateWord(agent)}
              </Mark>,
            ],
            ['Since', <When key="" at={agent.stateSince} />],
            ['Last heard', agent.lastHeartbeat === null ? 'never' : <When key="" at={agent.lastHeartbeat} />],
            [
              'Clock',
              isOff(agent.clockOffsetMs) ? (
                <Mark key="" tone="bad">
                  {clockText(agent.clockOffsetMs)}
                </Mark>
              ) : (
                clockText(agent.clockOffsetMs)
              ),
            ],
            ['Runs', agent.runs === null ? <Unknown key="" /> : count(agent.runs)],
            ['Scanning now', agent.scanning === null ? <Unknown key="" /> : counted(agent.scanning, 'target')],
            ['Memory', agent.residentBytes === null ? <Unknown key="" /> : bytesText(agent.residentBytes)],
          ]}
        />
      </Section>
      <Section title="What it sends">
        <Facts
          rows={[
            ['Targets a minute', count(reports.perMinute)],
            ['Since the start', `${counted(reports.total, 'target')}, of the collector’s process`],
            ['Last taken in', reports.lastAt === null ? 'not since then' : <When key="" at={reports.lastAt} />],
            reports.delaySeconds !== null && [
              'It took',
              `${duration(reports.delaySeconds * 1000)} from look to inventory`,
            ],
            [
              'In its spool',
              spool === null ? (
                <Unknown key="" />
              ) : spool.rows === 0 ? (
                'nothing waits'
              ) : (
                `${counted(spool.rows, 'row')}, ${bytesText(spool.bytes)} of ${bytesText(spool.mostBytes)}`
              ),
            ],
            spool?.oldest !== undefined && ['The oldest is of', <When key="" at={spool.oldest} />],
          ]}
        />
        {agent.gaps.map(({ since, missing, forgotten }) => (
          <Notice
            key={`${since} ${missing} ${forgotten}`}
            tone="bad"
            title={
              missing > 0
                ? `${counted(missing, 'report')} missing`
                : `${counted(forgotten, 'report')} that the database does not know`
            }
          >
            <p>
              {since === null ? (
                'The agent was told that they are kept; the database was set back since. The next look at their targets brings them up to date.'
              ) : (
                <>
                  Later ones are here since <When at={since} />. The agent sends them until they are acknowledged; if it
                  was set up anew, or its disk lost them, the next look at their targets brings them up to date.
                </>
              )}
            </p>
          </Notice>
        ))}
      </Section>
      <Held credentials={credentials} />
      <Section title="Who it is">
        <Facts
          rows={[
            ['Id', <code key="">{agent.id}</code>],
            ['Segment', agent.segment],
            ['Machine', `${visibleText(agent.hostname)}, ${visibleText(agent.platform)}`],
            [
              'Version',
              agent.version === version
                ? visibleText(agent.version)
                : `${visibleText(agent.version)}; the collector is ${version}`,
            ],
            [
              'Fingerprint',
              <code key="" className={styles['code']}>
                {agent.fingerprint}
              </code>,
            ],
            ['Let in', <When key="" at={agent.enrolledAt} />],
            agent.replaces !== null && ['Replaces', <code key="">{agent.replaces}</code>],
            ['Generation', `${agent.generation}, renewed ${counted(Math.max(0, generations.length - 1), 'time')}`],
            agent.permitUntil !== null && ['Permitted until', <When key="" at={agent.permitUntil} />],
            ['Policy', agent.policy === null ? <Unknown key="" /> : `version ${agent.policy}`],
          ]}
        />
      </Section>
      {agent.state !== 'revoked' && <Ending detail={detail} />}
    </>
  )
}

/** Why it is not at work, and what to do about that. */
const Standing = ({ agent, replace }: { agent: AgentItem; replace: (agent: AgentItem) => void }) => {
  const client = useQueryClient()
  const approve = useMutation({
    mutationFn: () => request(`/api/v1/agents/${agent.id}/approve`, agentDetail, { method: 'POST' }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['agents'] }),
  })
  switch (agent.state) {
    case 'waiting':
      return (
        <Notice tone="unknown" title="It waits to be approved">
          <p>
            Run <code>rollcall agent status</code> on its machine and compare the fingerprint with this one:
          </p>
          <p>
            <code className={styles['code']}>{agent.fingerprint}</code>
          </p>
          {approve.isError && <Failure error={approve.error} what="It was not approved" />}
          <Button kind="primary" busy={approve.isPending} onPress={() => approve.mutate()}>
            They are the same: approve it
          </Button>
        </Notice>
      )
    case 'quarantined':
      return (
        <Notice tone="bad" title="Nothing it says is believed">
          <p>{visibleText(capital(agent.stateReason ?? 'somebody put it aside'))}.</p>
          <ol className={styles['steps']}>
            <li>Find the other copy: a cloned machine, a restored image, a backup of its data folder.</li>
            <li>Remove it, and change what the agent held (below) if you cannot say who made it.</li>
            <li>Let the agent in again in its place. Its hosts keep their history.</li>
          </ol>
          <Button onPress={() => replace(agent)}>Let one in in its place</Button>
        </Notice>
      )
    case 'revoked':
      return (
        <Notice tone="plain" title="It was revoked">
          <p>{visibleText(capital(agent.stateReason ?? 'no reason was given'))}. Nothing it sends is taken in.</p>
          <Button onPress={() => replace(agent)}>Let one in in its place</Button>
        </Notice>
      )
    case 'silent':
      return (
        <Notice tone="bad" title="It is not heard">
          <p>
            It is off, or cut off from the broker, or its machine is. What it saw waits in its spool and comes when it
            is back.
          </p>
          <Button onPress={() => replace(agent)}>It is lost: let one in in its place</Button>
        </Notice>
      )
    default:
      return agent.stopped === true ? (
        <Notice tone="unknown" title="It is stopped by hand">
          <p>
            There is a file <code>stop</code> in its data folder. Nothing begins there until somebody removes it.
          </p>
        </Notice>
      ) : null
  }
}

/** What has to be changed if somebody took it over. */
const Held = ({ credentials }: { credentials: AgentDetail['credentials'] }) => (
  <Section title="Credentials that it held">
    {credentials.length === 0 ? (
      <p className={styles['quiet']}>
        None was ever lent to it. What its own settings let it log in with never left its segment, and is not known
        here.
      </p>
    ) : (
      <ul className={styles['held']}>
        {credentials.map(({ credential, order, attempt, lentAt, endedAt }) => (
          <li key={`${credential} ${order} ${attempt}`}>
            <b>{visibleText(credential)}</b>
            {endedAt === null ? (
              <Mark tone="active">held now</Mark>
            ) : (
              <span className={styles['quiet']}>given back</span>
            )}
            <span className={styles['quiet']}>
              lent <When at={lentAt} />
            </span>
          </li>
        ))}
      </ul>
    )}
  </Section>
)

/** To end it: with what that means said before it is done. */
const Ending = ({ detail: { agent, credentials } }: { detail: AgentDetail }) => {
  const client = useQueryClient()
  const [asked, setAsked] = useState<'quarantine' | 'revoke'>()
  const [reason, setReason] = useState('')
  const names = [...new Set(credentials.map(({ credential }) => credential))]
  const end = useMutation({
    mutationFn: (how: 'quarantine' | 'revoke') =>
      request(`/api/v1/agents/${agent.id}/${how}`, agentDetail, {
        method: 'POST',
        body: reason.trim() === '' ? {} : { reason: reason.trim() },
      }),
    onSuccess: async () => {
      setAsked(undefined)
      await client.invalidateQueries({ queryKey: ['agents'] })
    },
  })
  return (
    <Section title="End it">
      <p className={styles['choices']}>
        {agent.state !== 'quarantined' && <Button onPress={() => setAsked('quarantine')}>Put it aside…</Button>}
        <Button kind="danger" onPress={() => setAsked('revoke')}>
          Revoke it…
        </Button>
      </p>
      <Dialog
        title={`${asked === 'revoke' ? 'Revoke' : 'Put aside'} “${visibleText(agent.name)}”?`}
        open={asked !== undefined}
        close={() => setAsked(undefined)}
      >
        <div className={styles['stack']}>
          <p>
            {asked === 'revoke'
              ? 'Its connection ends within a second and nothing it sends is taken in any more. It can only be let in again with a new token.'
              : 'Nothing it sends is believed from now on, and it gets no orders. It can only be let in again with a new token.'}{' '}
            What is known of its hosts stays, and grows old.
          </p>
          {names.length > 0 ? (
            <Notice tone="unknown" title={`It held ${counted(names.length, 'credential')}`}>
              <p>If somebody took it over, change {names.length === 1 ? 'it' : 'them'}:</p>
              <ul className={styles['names']}>
                {names.map((name) => (
                  <li key={name}>
                    <code>{visibleText(name)}</code>
                  </li>
                ))}
              </ul>
            </Notice>
          ) : (
            <p className={styles['quiet']}>
              No credential was ever lent to it. If somebody took it over, change what its own settings log in with.
            </p>
          )}
          <Field
            label="Why"
            hint="It is kept with the agent and in the audit."
            value={reason}
            maxLength={500}
            autoComplete="off"
            onChange={(event) => setReason(event.target.value)}
          />
          {end.isError && <Failure error={end.error} what="It was not ended" />}
          <p className={styles['choices']}>
            <Button kind="danger" busy={end.isPending} onPress={() => asked && end.mutate(asked)}>
              {asked === 'revoke' ? 'Revoke it' : 'Put it aside'}
            </Button>
            <Button onPress={() => setAsked(undefined)}>Leave it</Button>
          </p>
        </div>
      </Dialog>
    </Section>
  )
}
