import { startedCollection } from '@rollcall/contract/api'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import { counted } from '../format/count.ts'
import { entriesOf } from '../pages/target-entries.ts'
import { request } from '../server/request.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { TextArea } from '../ui/field.tsx'
import { Failure } from '../ui/notice.tsx'
import { SegmentChoice } from './segment-choice.tsx'
import styles from './trust.module.css'

/** Has hosts asked for their keys, without logging in. */
export const Collecting = ({ segments }: { segments: readonly string[] }) => {
  const client = useQueryClient()
  const [open, setOpen] = useState(false)
  const [segment, setSegment] = useState(segments[0] ?? 'local')
  const [text, setText] = useState('')
  const { include, exclude } = entriesOf(text)
  const start = useMutation({
    mutationFn: () =>
      request('/api/v1/trust/collections', startedCollection, {
        method: 'POST',
        body: { segment, ...(include.length === 0 ? {} : { include, exclude }) },
      }),
    onSuccess: async () => {
      setOpen(false)
      await client.invalidateQueries({ queryKey: ['trust'] })
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    start.mutate()
  }
  return (
    <>
      <Button
        onPress={() => {
          start.reset()
          setOpen(true)
        }}
      >
        Collect host keys…
      </Button>
      <Dialog title="Collect host keys" open={open} close={() => setOpen(false)}>
        <form className={styles['form']} onSubmit={submit} noValidate>
          <p>
            Agents connect to each host, let it prove its key, and hang up. Nobody logs in and no credential is used: to
            the host it is a connection that ended early.
          </p>
          <SegmentChoice segments={segments} segment={segment} choose={setSegment} />
          <TextArea
            label="Hosts, one per line"
            value={text}
            onChange={(event) => setText(event.target.value)}
            placeholder={'db01.example.com\n10.0.4.0/24\n!10.0.4.1'}
            hint={
              include.length === 0
                ? 'None: all target sets of the segment.'
                : `${counted(include.length, 'entry', 'entries')}${exclude.length > 0 ? `, ${exclude.length} left out` : ''}.`
            }
          />
          {start.isError && <Failure error={start.error} what="Nothing was asked" />}
          <p className={styles['choices']}>
            <Button kind="primary" type="submit" busy={start.isPending}>
              Ask {include.length === 0 ? 'all targets' : counted(include.length, 'entry', 'entries')}
            </Button>
            <Button onPress={() => setOpen(false)}>Not now</Button>
          </p>
        </form>
      </Dialog>
    </>
  )
}
