import { addedException, type Cell, type ExceptionMatch } from '@rollcall/contract/api'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState, type FormEvent } from 'react'
import { counted } from '../format/count.ts'
import { visibleText } from '../format/visible-text.ts'
import { exceptionsQuery } from '../server/queries.ts'
import { command, request } from '../server/request.ts'
import { Button } from '../ui/button.tsx'
import { Field } from '../ui/field.tsx'
import { Failure } from '../ui/notice.tsx'
import { When } from '../ui/when.tsx'
import styles from './except-credential.module.css'

type Row = Readonly<Record<string, Cell>>

/** Leaves a stored credential as it is: with a reason, for as long as somebody says. */
export const ExceptCredential = ({ row, done }: { row: Row; done: () => void }) => {
  const client = useQueryClient()
  const [open, setOpen] = useState(false)
  const [where, setWhere] = useState<'place' | 'secret' | 'file'>('place')
  const [reason, setReason] = useState('')
  const [days, setDays] = useState('90')
  const [tried, setTried] = useState(false)
  const form = useRef<HTMLFormElement>(null)
  const opener = useRef<HTMLDivElement>(null)
  const wasOpen = useRef(false)
  const scopes = scopesOf(row)
  const except = useMutation({
    mutationFn: () =>
      request('/api/v1/exceptions', addedException, {
        method: 'POST',
        body: { match: scopes.find(({ id }) => id === where)!.match, reason: reason.trim(), expires: endOf(days) },
      }),
    onSuccess: async () => {
      await client.invalidateQueries({ predicate: ({ queryKey }) => TOUCHED.has(String(queryKey[0])) })
      done()
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (reason.trim().length >= 3) except.mutate()
    else form.current?.querySelector<HTMLInputElement>('input[name=reason]')?.focus()
  }
  useEffect(() => {
    if (open) form.current?.querySelector('input')?.focus()
    else if (wasOpen.current) opener.current?.querySelector('button')?.focus()
    wasOpen.current = open
  }, [open])
  if (row['state'] === 'excepted') return <ExceptedBecause id={String(row['exception'])} done={done} />
  if (!open)
    return (
      <div ref={opener}>
        <Button onPress={() => setOpen(true)}>Leave it as it is…</Button>
      </div>
    )
  return (
    <form ref={form} className={styles['form']} onSubmit={submit} noValidate>
      <fieldset>
        <legend>What is left as it is?</legend>
        {scopes.map(({ id, title }) => (
          <label key={id}>
            <input type="radio" name="where" value={id} checked={where === id} onChange={() => setWhere(id)} />
            {title}
          </label>
        ))}
      </fieldset>
      <Field
        label="Why?"
        name="reason"
        value={reason}
        maxLength={1000}
        autoComplete="off"
        hint="Auditors read this."
        onChange={(event) => setReason(event.target.value)}
        error={tried && reason.trim().length < 3 ? 'Say why it may stay.' : undefined}
      />
      <fieldset>
        <legend>For how long?</legend>
        {LENGTHS.map(([value, title]) => (
          <label key={value}>
            <input type="radio" name="days" value={value} checked={days === value} onChange={() => setDays(value)} />
            {title}
          </label>
        ))}
      </fieldset>
      {except.isError && <Failure error={except.error} what="It was not excepted" />}
      <p className={styles['choices']}>
        <Button kind="primary" type="submit" busy={except.isPending}>
          Except it
        </Button>
        <Button onPress={() => setOpen(false)}>Not now</Button>
      </p>
    </form>
  )
}

/** Why it is left as it is, by whom and for how long; and the way back. */
const ExceptedBecause = ({ id, done }: { id: string; done: () => void }) => {
  const client = useQueryClient()
  const { data: exceptions } = useQuery(exceptionsQuery)
  const takeBack = useMutation({
    mutationFn: () => command(`/api/v1/exceptions/${encodeURIComponent(id)}`, { method: 'DELETE' }),
    onSuccess: async () => {
      await client.invalidateQueries({ predicate: ({ queryKey }) => TOUCHED.has(String(queryKey[0])) })
      done()
    },
  })
  const exception = exceptions?.find((one) => one.id === id)
  if (exception === undefined) return <p className={styles['quiet']}>It is left as it is.</p>
  return (
    <div className={styles['form']}>
      <p>
        It is left as it is: <b>{visibleText(exception.reason)}</b>
      </p>
      <p className={styles['quiet']}>
        said <When at={exception.addedAt} /> by {visibleText(exception.addedBy)};{' '}
        {exception.expires === null ? (
          'until it is taken back'
        ) : (
          <>
            ends <When at={exception.expires} />
          </>
        )}
        {exception.credentials > 1 && `; ${exception.credentials - 1} more under the same exception`}
      </p>
      {takeBack.isError && <Failure error={takeBack.error} what="It was not taken back" />}
      <p className={styles['choices']}>
        <Button kind="danger" busy={takeBack.isPending} onPress={() => takeBack.mutate()}>
          Take the exception back
        </Button>
      </p>
    </div>
  )
}

const TOUCHED: ReadonlySet<string> = new Set(['exceptions', 'overview', 'view', 'row', 'found', 'host'])
const LENGTHS = [
  ['30', '30 days'],
  ['90', '90 days'],
  ['365', 'a year'],
  ['', 'until it is taken back'],
] as const

const endOf = (days: string): string | null =>
  days === '' ? null : new Date(Date.now() + Number(days) * 86_400_000).toISOString()

const scopesOf = (row: Row): { id: 'place' | 'secret' | 'file'; title: string; match: ExceptionMatch }[] => {
  const digest = row['digest']
  const path = row['path']
  const others = Number(row['same_secret'] ?? 0)
  return [
    { id: 'place', title: 'this secret at this place', match: { by: 'place', id: String(row['id']) } },
    ...(typeof digest === 'string' && digest !== 'none'
      ? [
          {
            id: 'secret' as const,
            title:
              others > 0
                ? `this secret, here and at ${counted(others, 'other place')}`
                : 'this secret, wherever it lies',
            match: { by: 'secret' as const, digest },
          },
        ]
      : []),
    ...(typeof path === 'string' && !path.startsWith('/proc/') && path.length <= LONGEST_PATTERN
      ? [
          {
            id: 'file' as const,
            title: `all in files called ${visibleText(path)}, on every host`,
            match: { by: 'pattern' as const, path: patternOf(path) },
          },
        ]
      : []),
  ]
}

const LONGEST_PATTERN = 512

/** A path as a pattern that matches it: a star in it, or a blank at its ends, is any one sign. */
const patternOf = (path: string): string => path.replaceAll(/\*|^\s|\s$/gu, '?')
