import { isComputersOf } from '@rollcall/contract'
import { addedTargets, type AddTargets, type TargetSetItem } from '@rollcall/contract/api'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useRef, useState, type FormEvent } from 'react'
import { counted } from '../format/count.ts'
import { visibleText } from '../format/visible-text.ts'
import { targetsQuery } from '../server/queries.ts'
import { command, request } from '../server/request.ts'
import { Page } from '../shell/page.tsx'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Field, TextArea } from '../ui/field.tsx'
import { Icon } from '../ui/icon.tsx'
import { Empty, Failure, mistakesOf, sentenceOf, Skeleton } from '../ui/notice.tsx'
import { When } from '../ui/when.tsx'
import { StartScan } from './start-scan.tsx'
import { entriesOf, entryAt } from './target-entries.ts'
import styles from './targets.module.css'

/** What is scanned, in sets, as it was written. */
export const Targets = () => {
  const targets = useQuery(targetsQuery)
  const [adding, setAdding] = useState(false)
  return (
    <Page
      title="Targets"
      lead="What a scan looks at. Ranges are probed first; single hosts are always tried."
      actions={
        <>
          {(targets.data?.length ?? 0) > 0 && <StartScan kind="quiet" />}
          <Button kind="primary" onPress={() => setAdding(true)}>
            <Icon name="plus" />
            Add targets
          </Button>
        </>
      }
    >
      {targets.data === undefined ? (
        targets.isError ? (
          <Failure error={targets.error} what="The targets could not be listed" retry={() => void targets.refetch()} />
        ) : (
          <Skeleton lines={8} height={34} />
        )
      ) : targets.data.length === 0 ? (
        <Empty
          title="There are no targets yet"
          action={
            <Button kind="primary" onPress={() => setAdding(true)}>
              Add targets
            </Button>
          }
        >
          <p>Name hosts, ranges, CIDR blocks or directories, or give an inventory file that you have already.</p>
        </Empty>
      ) : (
        <ul className={styles['sets']}>
          {targets.data.map((set) => (
            <Set key={set.id} set={set} />
          ))}
        </ul>
      )}
      <Dialog title="Add targets" open={adding} close={() => setAdding(false)}>
        <Adding done={() => setAdding(false)} />
      </Dialog>
    </Page>
  )
}

const SHOWN = 8

const Set = ({ set }: { set: TargetSetItem }) => {
  const client = useQueryClient()
  const [asked, setAsked] = useState(false)
  const [all, setAll] = useState(false)
  const remove = useMutation({
    mutationFn: () => command(`/api/v1/targets/${encodeURIComponent(set.id)}`, { method: 'DELETE' }),
    onSuccess: async () => {
      setAsked(false)
      await client.invalidateQueries({ queryKey: ['targets'] })
    },
  })
  const sources = set.include.filter(isComputersOf).length
  const shown = all ? set.include : set.include.slice(0, SHOWN)
  return (
    <li className={styles['set']}>
      <div className={styles['head']}>
        <h2>{visibleText(set.name)}</h2>
        <p>
          {counted(set.hosts, 'single host')}
          {set.addresses > 0 && `, ${counted(set.addresses, 'address', 'addresses')} in ranges`}
          {sources > 0 && `, the computers of ${counted(sources, 'directory', 'directories')}`} · added{' '}
          <When at={set.addedAt} /> by {visibleText(set.addedBy)}
        </p>
      </div>
      <Button kind="bare" aria-label={`Remove ${visibleText(set.name)}`} onPress={() => setAsked(true)}>
        Remove
      </Button>
      <ul className={styles['entries']}>
        {shown.map((entry) => (
          <li key={entry}>
            <code>{visibleText(entry)}</code>
          </li>
        ))}
        {set.exclude.map((entry) => (
          <li key={`not ${entry}`} data-left="true">
            <code>{visibleText(entry)}</code> left out
          </li>
        ))}
        {set.include.length > shown.length && (
          <li>
            <button type="button" onClick={() => setAll(true)}>
              {set.include.length - shown.length} more
            </button>
          </li>
        )}
      </ul>
      <Dialog title={`Remove “${visibleText(set.name)}”?`} open={asked} close={() => setAsked(false)}>
        <div className={styles['form']}>
          <p>It is scanned no more. What was found on its hosts stays in the inventory, and grows old.</p>
          {remove.isError && <Failure error={remove.error} what="It was not removed" />}
          <p className={styles['choices']}>
            <Button kind="danger" busy={remove.isPending} onPress={() => remove.mutate()}>
              Remove it
            </Button>
            <Button onPress={() => setAsked(false)}>Keep it</Button>
          </p>
        </div>
      </Dialog>
    </li>
  )
}

const LARGEST = 5 * 1024 * 1024

const Adding = ({ done }: { done: () => void }) => {
  const client = useQueryClient()
  const picker = useRef<HTMLInputElement>(null)
  const [name, setName] = useState('')
  const [text, setText] = useState('')
  const [file, setFile] = useState<{ fileName: string; text: string }>()
  const [fileProblem, setFileProblem] = useState<string>()
  const [tried, setTried] = useState(false)
  const { include, exclude } = entriesOf(text)
  const add = useMutation({
    mutationFn: (body: AddTargets) => request('/api/v1/targets', addedTargets, { method: 'POST', body }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['targets'] })
      done()
    },
  })
  const choose = async (chosen: File | undefined) => {
    setFileProblem(undefined)
    setFile(undefined)
    if (chosen === undefined) return
    if (chosen.size > LARGEST) setFileProblem(`${visibleText(chosen.name)} is larger than 5 MiB.`)
    else setFile({ fileName: chosen.name.slice(0, 255), text: await chosen.text() })
  }
  const nothing = include.length === 0 && file === undefined
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (name.trim() === '' || nothing) return
    add.mutate({ name: name.trim(), include, exclude, ...(file === undefined ? {} : { inventory: file }) })
  }
  const refused = mistakesOf(add.error).map(({ pointer, detail }) => {
    const entry = entryAt(pointer, add.variables ?? { include, exclude })
    return entry === undefined ? detail : `${entry}: ${detail}`
  })
  return (
    <form className={styles['form']} onSubmit={submit} noValidate>
      <Field
        label="Name of the set"
        value={name}
        maxLength={100}
        autoComplete="off"
        onChange={(event) => setName(event.target.value)}
        error={tried && name.trim() === '' ? 'Give it a name.' : undefined}
      />
      <TextArea
        label="Targets, one per line"
        value={text}
        onChange={(event) => setText(event.target.value)}
        placeholder={
          'db01.example.com\nscan@10.0.0.7:2222\n10.0.4.0/24\n10.0.5.10-10.0.5.40\n!10.0.4.1\nldaps://dc.example.com\ncomputers of ldaps://dc.example.com'
        }
        hint={
          <>
            {counted(include.length, 'entry', 'entries')}
            {exclude.length > 0 && `, ${exclude.length} left out`}. A line with <code>!</code> in front is left out;{' '}
            <code>#</code> begins a comment.
          </>
        }
        error={tried && nothing ? 'Name at least one target, or choose a file.' : undefined}
      />
      <div className={styles['file']}>
        <input
          ref={picker}
          type="file"
          className="visually-hidden"
          tabIndex={-1}
          aria-label="Inventory file"
          accept=".ini,.yml,.yaml,.txt,.cfg,text/*"
          onChange={(event) => void choose(event.target.files?.[0])}
        />
        <Button onPress={() => picker.current?.click()}>
          {file === undefined ? 'Choose an inventory file' : 'Choose another'}
        </Button>
        <span>
          {fileProblem ??
            (file === undefined
              ? 'Ansible INI or YAML, or one host per line; at most 5 MiB.'
              : visibleText(file.fileName))}
        </span>
      </div>
      {add.isError &&
        (refused.length > 0 ? (
          <div className={styles['refused']} role="alert">
            <p>
              <b>Nothing was added.</b> {visibleText(sentenceOf(add.error))}
            </p>
            <ul>
              {refused.slice(0, 100).map((sentence) => (
                <li key={sentence}>{visibleText(sentence)}</li>
              ))}
            </ul>
          </div>
        ) : (
          <Failure error={add.error} what="Nothing was added" />
        ))}
      <Button kind="primary" type="submit" busy={add.isPending}>
        Add {include.length > 0 ? counted(include.length, 'entry', 'entries') : 'targets'}
      </Button>
    </form>
  )
}
