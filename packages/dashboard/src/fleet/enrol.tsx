import { createdJoinToken, type AgentItem } from '@rollcall/contract/api'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import { visibleText } from '../format/visible-text.ts'
import { agentsQuery, joinTokensQuery } from '../server/queries.ts'
import { request } from '../server/request.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Field } from '../ui/field.tsx'
import { Mark } from '../ui/mark.tsx'
import { Failure, Notice } from '../ui/notice.tsx'
import { ShownOnce } from '../ui/shown-once.tsx'
import { When } from '../ui/when.tsx'
import styles from './agents.module.css'

interface Props {
  asked: { readonly replaces?: AgentItem } | undefined
  segments: readonly string[]
  close: () => void
}

/** Makes a join token, shows the command that uses it, once, and waits for whoever comes with it. */
export const Enrol = ({ asked, segments, close }: Props) => (
  <Dialog
    title={asked?.replaces === undefined ? 'Let an agent in' : `In place of ${visibleText(asked.replaces.name)}`}
    open={asked !== undefined}
    close={close}
  >
    {asked && <Asking segments={segments} replaces={asked.replaces} close={close} />}
  </Dialog>
)

const LIVES = [
  [900, '15 minutes'],
  [3600, 'an hour'],
  [86_400, 'a day'],
] as const

const Asking = ({
  segments,
  replaces,
  close,
}: {
  segments: readonly string[]
  replaces: AgentItem | undefined
  close: () => void
}) => {
  const client = useQueryClient()
  const [segment, setSegment] = useState(replaces?.segment ?? segments[0] ?? '')
  const [name, setName] = useState(replaces?.name ?? '')
  const [ttlSeconds, setTtl] = useState<number>(900)
  const [approve, setApprove] = useState(false)
  const [tried, setTried] = useState(false)
  const isSegment = /^[a-z0-9][a-z0-9-]{0,31}$/.test(segment)
  const create = useMutation({
    mutationFn: () =>
      request('/api/v1/join-tokens', createdJoinToken, {
        method: 'POST',
        body: {
          segment,
          ttlSeconds,
          approve,
          ...(name.trim() === '' ? {} : { name: name.trim() }),
          ...(replaces === undefined ? {} : { replaces: replaces.id }),
        },
      }),
    // The value must not outlive the dialog that shows it.
    gcTime: 0,
    onSuccess: () => client.invalidateQueries({ queryKey: ['join-tokens'] }),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (isSegment) create.mutate()
  }
  if (create.data !== undefined)
    return <Made value={create.data.value} token={create.data.token.id} servers={create.data.servers} close={close} />
  return (
    <form className={styles['stack']} onSubmit={submit} noValidate>
      <Field
        label="Segment"
        hint="The part of the network that it reaches. All agents of a segment share its work."
        value={segment}
        maxLength={32}
        autoComplete="off"
        readOnly={replaces !== undefined}
        list="segments"
        onChange={(event) => setSegment(event.target.value.toLowerCase())}
        error={
          tried && !isSegment
            ? 'Small letters, digits and hyphens, such as dmz or fra-2; at most 32 of them.'
            : undefined
        }
      />
      <datalist id="segments">
        {segments.map((known) => (
          <option key={known} value={known}>
            {known}
          </option>
        ))}
      </datalist>
      <Field
        label="Name"
        hint="What people call it. Left empty, it takes the name of its machine."
        value={name}
        maxLength={64}
        autoComplete="off"
        onChange={(event) => setName(event.target.value)}
      />
      <fieldset className={styles['lives']}>
        <legend>The token is good for</legend>
        {LIVES.map(([seconds, title]) => (
          <label key={seconds}>
            <input
              type="radio"
              name="ttl"
              value={seconds}
              checked={ttlSeconds === seconds}
              onChange={() => setTtl(seconds)}
            />
            {title}
          </label>
        ))}
      </fieldset>
      <label className={styles['check']}>
        <input type="checkbox" checked={approve} onChange={(event) => setApprove(event.target.checked)} />
        <span>Somebody compares its fingerprint and approves it before it is given work</span>
      </label>
      {create.isError && <Failure error={create.error} what="No token was made" />}
      <Button kind="primary" type="submit" busy={create.isPending}>
        Make the command
      </Button>
    </form>
  )
}

const isOwnAddress = (server: string) => /\/\/(?:127\.|localhost|\[::1\])/.test(server)

const Made = ({
  value,
  token,
  servers,
  close,
}: {
  value: string
  token: string
  servers: readonly string[]
  close: () => void
}) => {
  const known = servers.filter((server) => !isOwnAddress(server))
  const address = known[0] ?? 'tls://ADDRESS-OF-THE-BROKER:4222'
  const command = `rollcall agent enrol ${value} --server ${address}`
  return (
    <div className={styles['stack']}>
      <Notice tone="unknown" title="It is shown this once">
        <p>Run it on the machine that shall be the agent, then start it with “rollcall agent run”.</p>
      </Notice>
      <ShownOnce
        value={command}
        label="Command to let the agent in"
        thing="command"
        {...(known.length === 0 ? { hint: 'Put in the address at which that machine reaches the broker.' } : {})}
      />
      <Awaited token={token} />
      <Button kind="primary" onPress={close}>
        Done
      </Button>
    </div>
  )
}

/** Whether somebody came with the token yet. */
const Awaited = ({ token: id }: { token: string }) => {
  const tokens = useQuery({ ...joinTokensQuery, refetchInterval: 2000 })
  const agents = useQuery({ ...agentsQuery, refetchInterval: 2000 })
  const token = tokens.data?.find((one) => one.id === id)
  const agent = agents.data?.agents.find((one) => one.id === token?.agent)
  return (
    <output>
      {token?.state === 'burnt' ? (
        <Mark tone="bad">Two with different keys came with it. It is worth nothing now; find out who else has it.</Mark>
      ) : token?.state === 'expired' ? (
        <Mark tone="unknown">It has expired. Make another.</Mark>
      ) : agent === undefined ? (
        <Mark tone="active">
          Waiting for the agent
          {token !== undefined && (
            <>
              ; the token ends <When at={token.expiresAt} />
            </>
          )}
        </Mark>
      ) : (
        <Mark tone="good">
          {visibleText(agent.name)} is in
          {agent.state === 'waiting' ? ', and waits to be approved' : agent.state === 'active' ? ', and is heard' : ''}.
        </Mark>
      )}
    </output>
  )
}
