import { importedKnownHosts, type ImportedKnownHosts } from '@rollcall/contract/api'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRef, useState, type FormEvent } from 'react'
import { counted } from '../format/count.ts'
import { visibleText } from '../format/visible-text.ts'
import { request } from '../server/request.ts'
import { Button, buttonLook } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Field } from '../ui/field.tsx'
import { Failure, Notice } from '../ui/notice.tsx'
import { SegmentChoice } from './segment-choice.tsx'
import styles from './trust.module.css'

const LARGEST = 8 * 1024 * 1024

/** Reads known_hosts files, and writes one. */
export const KnownHosts = ({ segments }: { segments: readonly string[] }) => {
  const client = useQueryClient()
  const picker = useRef<HTMLInputElement>(null)
  const [open, setOpen] = useState(false)
  const [segment, setSegment] = useState(segments[0] ?? 'local')
  const [file, setFile] = useState<{ name: string; text: string }>()
  const [problem, setProblem] = useState<string>()
  const [reason, setReason] = useState('')
  const read = useMutation({
    mutationFn: (text: string) =>
      request('/api/v1/trust/known-hosts', importedKnownHosts, {
        method: 'POST',
        body: { segment, text, ...(reason.trim().length >= 3 ? { reason: reason.trim() } : {}) },
      }),
    onSuccess: () =>
      Promise.all([['trust'], ['view', 'trust']].map((queryKey) => client.invalidateQueries({ queryKey }))),
  })
  const choose = async (chosen: File | undefined) => {
    read.reset()
    setProblem(undefined)
    setFile(undefined)
    if (chosen === undefined) return
    if (chosen.size > LARGEST) setProblem(`${visibleText(chosen.name)} is larger than 8 MiB.`)
    else setFile({ name: chosen.name.slice(0, 255), text: await chosen.text() })
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (file !== undefined) read.mutate(file.text)
  }
  const download = (keys: 'approved' | 'seen') => `/api/v1/trust/known-hosts?${new URLSearchParams({ segment, keys })}`
  return (
    <>
      <Button
        onPress={() => {
          read.reset()
          setOpen(true)
        }}
      >
        known_hosts…
      </Button>
      <Dialog title="known_hosts files" open={open} close={() => setOpen(false)}>
        <form className={styles['form']} onSubmit={submit} noValidate>
          <SegmentChoice segments={segments} segment={segment} choose={setSegment} />
          <p>
            Whoever imports a file vouches for its keys: passwords may go to these hosts from then on. Hashed names are
            understood. Where somebody vouched for another key before, nothing is changed.
          </p>
          <div className={styles['file']}>
            <input
              ref={picker}
              type="file"
              className="visually-hidden"
              tabIndex={-1}
              aria-label="known_hosts file"
              onChange={(event) => void choose(event.target.files?.[0])}
            />
            <Button onPress={() => picker.current?.click()}>
              {file === undefined ? 'Choose a file' : 'Choose another'}
            </Button>
            <span>{problem ?? (file === undefined ? 'At most 8 MiB.' : visibleText(file.name))}</span>
          </div>
          <Field
            label="Where is it from?"
            value={reason}
            maxLength={500}
            autoComplete="off"
            hint="Auditors read this."
            onChange={(event) => setReason(event.target.value)}
          />
          {read.isError && <Failure error={read.error} what="Nothing was imported" />}
          {read.data !== undefined && <Imported imported={read.data} />}
          <p className={styles['choices']}>
            <Button kind="primary" type="submit" busy={read.isPending} isDisabled={file === undefined}>
              Import
            </Button>
            <a className={buttonLook('quiet')} href={download('approved')} download="known_hosts">
              Download what is approved
            </a>
            <a className={buttonLook('quiet')} href={download('seen')} download="known_hosts">
              Download all
            </a>
          </p>
        </form>
      </Dialog>
    </>
  )
}

const Imported = ({ imported }: { imported: ImportedKnownHosts }) => {
  const { approved, revoked, known, conflicts, conflicting, leftOut, leftOutLines } = imported
  return (
    <Notice
      tone={conflicts > 0 || leftOutLines > 0 ? 'unknown' : 'good'}
      title={`${counted(approved, 'key')} approved, ${known} known before${revoked > 0 ? `, ${revoked} never accepted` : ''}`}
    >
      {conflicts > 0 && (
        <p>
          {counted(conflicts, 'name')} left as {conflicts === 1 ? 'it is' : 'they are'}, since another key is approved:{' '}
          {conflicting.map(visibleText).join(', ')}
        </p>
      )}
      {leftOut.map(({ line, why }) => (
        <p key={line}>
          Line {line} is left out: {why}
        </p>
      ))}
      {leftOutLines > leftOut.length && <p>and {leftOutLines - leftOut.length} more lines</p>}
    </Notice>
  )
}
