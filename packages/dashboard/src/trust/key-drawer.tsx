import type { Cell } from '@rollcall/contract/api'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Facts, Section } from '../drawers/parts.tsx'
import { toneOf } from '../format/tone.ts'
import { visibleText } from '../format/visible-text.ts'
import { wordName } from '../format/words.ts'
import { rowQuery } from '../server/queries.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Field } from '../ui/field.tsx'
import { Mark } from '../ui/mark.tsx'
import { Empty, Failure, Skeleton } from '../ui/notice.tsx'
import { Said } from '../ui/said.tsx'
import { When } from '../ui/when.tsx'
import styles from './trust.module.css'
import { useDecision } from './use-decision.ts'

type Row = Readonly<Record<string, Cell>>

/** One key: what is held, what is shown in its place, and what can be decided. */
export const KeyDrawer = ({ id, close }: { id: string | undefined; close: () => void }) => {
  const row = useQuery({ ...rowQuery('trust', id ?? ''), enabled: id !== undefined })
  const name = textOf(row.data, 'name') ?? 'Key'
  return (
    <Dialog
      shape="drawer"
      open={id !== undefined}
      close={close}
      kicker={row.data ? wordName('kind', textOf(row.data, 'kind') ?? '') : 'Trust'}
      title={<Said>{name.startsWith('|') ? 'A hashed name' : name}</Said>}
    >
      {row.data ? (
        <Key key={id} row={row.data} close={close} />
      ) : row.isError ? (
        <Failure error={row.error} what="It could not be read" retry={() => void row.refetch()} />
      ) : row.isSuccess ? (
        <Empty title="It is no longer there">
          <p>It was forgotten, or another key took its place.</p>
        </Empty>
      ) : (
        <Skeleton lines={10} />
      )}
    </Dialog>
  )
}

const textOf = (row: Row | null | undefined, column: string): string | undefined => {
  const cell = row?.[column]
  return typeof cell === 'string' && cell !== 'none' && cell !== 'never' && cell !== 'nobody' ? cell : undefined
}

const Key = ({ row, close }: { row: Row; close: () => void }) => {
  const state = textOf(row, 'state') ?? ''
  const shown = textOf(row, 'shown_fingerprint')
  return (
    <>
      <p>
        <Mark tone={toneOf('state', state)}>{wordName('state', state)}</Mark> <Meaning row={row} state={state} />
      </p>
      <div className={styles['keys']} data-two={shown !== undefined}>
        <OneKey
          title={shown === undefined ? 'The key' : 'Held'}
          algorithm={textOf(row, 'algorithm')}
          fingerprint={textOf(row, 'fingerprint')}
          at={textOf(row, 'first_seen')}
          by={textOf(row, 'agent')}
          verb={textOf(row, 'origin') === 'import' ? 'imported' : 'first seen'}
        />
        {shown !== undefined && (
          <OneKey
            title="Shown instead"
            algorithm={textOf(row, 'shown_algorithm')}
            fingerprint={shown}
            at={textOf(row, 'shown_at')}
            by={textOf(row, 'shown_agent')}
            verb="shown"
          />
        )}
      </div>
      {(state === 'changed' || state === 'rejected') && shown !== undefined && (
        <Decide row={row} fingerprint={shown} rejected={state === 'rejected'} close={close} />
      )}
      {(state === 'first-use' || state === 'collected') && <Approve row={row} close={close} />}
      <Section title="In detail">
        <Facts
          rows={[
            ['Segment', textOf(row, 'segment')],
            ['Came by', wordName('origin', textOf(row, 'origin') ?? '')],
            ['Last told', <When key="last" at={textOf(row, 'last_seen') ?? ''} />],
            ['Decided by', <Said key="by">{textOf(row, 'decided_by') ?? 'nobody'}</Said>],
            textOf(row, 'decided_at') !== undefined && ['Decided', <When key="at" at={textOf(row, 'decided_at')!} />],
            textOf(row, 'reason') !== undefined && ['Because', <Said key="why">{textOf(row, 'reason')!}</Said>],
            textOf(row, 'former') !== undefined && ['In place of', <code key="f">{textOf(row, 'former')}</code>],
            textOf(row, 'name')?.startsWith('|') === true && ['Name', <code key="n">{textOf(row, 'name')}</code>],
          ]}
        />
      </Section>
      <Forget row={row} close={close} />
    </>
  )
}

const Meaning = ({ row, state }: { row: Row; state: string }) => {
  const isHost = row['kind'] === 'host-key'
  switch (state) {
    case 'changed':
      return <>Nothing is sent there until somebody decides which key is the right one.</>
    case 'rejected':
      return <>The other key was refused. What shows it gets nothing; the key that is held stays.</>
    case 'first-use':
      return isHost ? (
        <>Seen when an agent first logged in: good for logins by key. No password goes there.</>
      ) : (
        <>Seen at first sight, and no authority vouches for it. No password goes there.</>
      )
    case 'collected':
      return <>Asked for without logging in. No password goes there.</>
    case 'approved':
      return <>Somebody vouches for it. Passwords may go there.</>
    default:
      return <>Never accepted.</>
  }
}

const OneKey = ({
  title,
  algorithm,
  fingerprint,
  at,
  by,
  verb,
}: {
  title: string
  algorithm: string | undefined
  fingerprint: string | undefined
  at: string | undefined
  by: string | undefined
  verb: string
}) => (
  <section className={styles['key']}>
    <h3>{title}</h3>
    <p className={styles['fingerprint']}>
      <code>{fingerprint}</code>
    </p>
    <p className={styles['quiet']}>
      {algorithm} · {verb} <When at={at ?? ''} /> by <Said>{by ?? 'unknown'}</Said>
    </p>
  </section>
)

/** Both ways out of a changed key, each with a reason. */
const Decide = ({
  row,
  fingerprint,
  rejected,
  close,
}: {
  row: Row
  fingerprint: string
  rejected: boolean
  close: () => void
}) => {
  const [reason, setReason] = useState('')
  const [tried, setTried] = useState(false)
  const id = encodeURIComponent(String(row['id']))
  const [accept, reject] = [useDecision(`${id}/accept`, close), useDecision(`${id}/reject`, close)]
  const decide = (how: typeof accept) => {
    setTried(true)
    if (reason.trim().length >= 3) how.mutate({ fingerprint, reason: reason.trim() })
  }
  return (
    <form className={styles['decide']} onSubmit={(event) => event.preventDefault()} noValidate>
      <p>
        Ask whoever runs <Said>{visibleText(String(row['name']))}</Said> whether it has a new key: reinstalled hosts do.
        If nobody knows of it, somebody may stand between.
      </p>
      <Field
        label="How do you know?"
        value={reason}
        maxLength={500}
        autoComplete="off"
        hint="Auditors read this."
        onChange={(event) => setReason(event.target.value)}
        error={tried && reason.trim().length < 3 ? 'Say how you know.' : undefined}
      />
      {[accept, reject].map(
        (how, index) =>
          // eslint-disable-next-line react/no-array-index-key -- always these two
          how.isError && <Failure key={index} error={how.error} what="Nothing was decided" />,
      )}
      <p className={styles['choices']}>
        <Button kind="primary" busy={accept.isPending} onPress={() => decide(accept)}>
          Accept the new key
        </Button>
        {!rejected && (
          <Button kind="danger" busy={reject.isPending} onPress={() => decide(reject)}>
            Reject it
          </Button>
        )}
      </p>
    </form>
  )
}

const Approve = ({ row, close }: { row: Row; close: () => void }) => {
  const approve = useDecision('approve', close)
  return (
    <div className={styles['decide']}>
      <p>
        To approve it is to say that it is really this target’s: passwords may go there from then on. Compare it first
        with{' '}
        <code>
          {row['kind'] === 'host-key'
            ? 'ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub'
            : 'openssl x509 -in FILE -noout -fingerprint -sha256'}
        </code>{' '}
        on the target itself.
      </p>
      {approve.isError && <Failure error={approve.error} what="It was not approved" />}
      <p className={styles['choices']}>
        <Button kind="primary" busy={approve.isPending} onPress={() => approve.mutate({ ids: [String(row['id'])] })}>
          Approve it
        </Button>
      </p>
    </div>
  )
}

const Forget = ({ row, close }: { row: Row; close: () => void }) => {
  const [asked, setAsked] = useState(false)
  const forget = useDecision('forget', close)
  return (
    <div className={styles['forget']}>
      {asked && <p>Whatever it shows next is pinned as if it had never been seen before.</p>}
      {forget.isError && <Failure error={forget.error} what="It was not forgotten" />}
      <p className={styles['choices']}>
        {asked ? (
          <>
            <Button kind="danger" busy={forget.isPending} onPress={() => forget.mutate({ ids: [String(row['id'])] })}>
              Forget it
            </Button>
            <Button onPress={() => setAsked(false)}>Keep it</Button>
          </>
        ) : (
          <Button onPress={() => setAsked(true)}>Forget…</Button>
        )}
      </p>
    </div>
  )
}
