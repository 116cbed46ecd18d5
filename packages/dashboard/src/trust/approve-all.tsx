import { useQuery } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import { counted } from '../format/count.ts'
import { visibleText } from '../format/visible-text.ts'
import { approvableQuery } from '../server/queries.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Field } from '../ui/field.tsx'
import { Failure } from '../ui/notice.tsx'
import styles from './trust.module.css'
import { useDecision } from './use-decision.ts'

/** Vouches for all that a filter matches, as far as it was only seen, after saying what that means. */
export const ApproveAll = ({ filter, total }: { filter: string; total: number | null }) => {
  const [open, setOpen] = useState(false)
  const [reason, setReason] = useState('')
  const seen = useQuery({ ...approvableQuery(filter), enabled: open })
  const approve = useDecision('approve', () => setOpen(false))
  const number = seen.data
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (number !== undefined && number > 0)
      approve.mutate({ filter, count: number, ...(reason.trim().length >= 3 ? { reason: reason.trim() } : {}) })
  }
  return (
    <>
      <Button
        isDisabled={total === 0}
        onPress={() => {
          approve.reset()
          setOpen(true)
        }}
      >
        Approve {filter === '' ? 'all' : 'these'}…
      </Button>
      <Dialog
        title={`Approve ${filter === '' ? 'everything' : 'what matches'}`}
        open={open}
        close={() => setOpen(false)}
      >
        <form className={styles['form']} onSubmit={submit} noValidate>
          <p>
            {number === undefined ? '…' : <b>{counted(number, 'key or certificate', 'keys and certificates')}</b>} that{' '}
            {number === 1 ? 'was' : 'were'} only seen
            {filter !== '' && (
              <>
                {' '}
                and {number === 1 ? 'matches' : 'match'} <code>{visibleText(filter)}</code>
              </>
            )}
            . Whatever changed is not among them: that is decided one by one.
          </p>
          <p className={styles['meaning']}>
            To approve a key is to say that it is really that target’s: from then on agents send it passwords, of hosts
            for sudo as well. Compare with what the targets themselves say first; whoever stood between at first sight
            has shown a key of their own.
          </p>
          <Field
            label="How do you know?"
            value={reason}
            maxLength={500}
            autoComplete="off"
            hint="Auditors read this; such as: compared with the configuration management."
            onChange={(event) => setReason(event.target.value)}
          />
          {seen.isError && <Failure error={seen.error} what="They could not be counted" />}
          {approve.isError && <Failure error={approve.error} what="Nothing was approved" />}
          <p className={styles['choices']}>
            <Button
              kind="primary"
              type="submit"
              busy={approve.isPending}
              isDisabled={number === undefined || number === 0}
            >
              Approve {number === undefined ? '' : counted(number, 'key')}
            </Button>
            <Button onPress={() => setOpen(false)}>Not now</Button>
          </p>
        </form>
      </Dialog>
    </>
  )
}
