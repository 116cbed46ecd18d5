import { createdToken } from '@rollcall/contract/api'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type FormEvent, type ReactNode } from 'react'
import { visibleText } from '../format/visible-text.ts'
import { shortcuts, theme, type Theme } from '../preferences.ts'
import { sessionQuery, tokensQuery } from '../server/queries.ts'
import { command, request } from '../server/request.ts'
import { Page } from '../shell/page.tsx'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Field } from '../ui/field.tsx'
import { Icon, type IconName } from '../ui/icon.tsx'
import { Failure, Notice, Skeleton } from '../ui/notice.tsx'
import { ShownOnce } from '../ui/shown-once.tsx'
import { When } from '../ui/when.tsx'
import { Credentials } from './credentials.tsx'
import { Exceptions } from './exceptions.tsx'
import styles from './settings.module.css'

export const Settings = () => (
  <Page title="Settings">
    <Block
      title="Credentials"
      lead="What scans log in with, kept in the vault and lent to agents for one login each. Secrets are never shown, and are added by the command, which seals them before they leave the terminal."
    >
      <Credentials />
    </Block>
    <Tokens />
    <Block
      title="Exceptions"
      lead="Stored credentials that somebody decided to leave as they are. They stay in the inventory, out of the lists and counts."
    >
      <Exceptions />
    </Block>
    <Look />
    <SessionBlock />
  </Page>
)

const Block = ({ title, lead, children }: { title: string; lead: ReactNode; children: ReactNode }) => (
  <section className={styles['block']} aria-label={title}>
    <div>
      <h2>{title}</h2>
      <p>{lead}</p>
    </div>
    <div>{children}</div>
  </section>
)

const Tokens = () => {
  const client = useQueryClient()
  const tokens = useQuery(tokensQuery)
  const [name, setName] = useState('')
  const [tried, setTried] = useState(false)
  const [doomed, setDoomed] = useState<{ id: string; name: string }>()
  const again = () => client.invalidateQueries({ queryKey: ['tokens'] })
  const create = useMutation({
    mutationFn: () => request('/api/v1/tokens', createdToken, { method: 'POST', body: { name: name.trim() } }),
    // The value must not outlive the dialog that shows it.
    gcTime: 0,
    onSuccess: async () => {
      setName('')
      setTried(false)
      await again()
    },
  })
  const revoke = useMutation({
    mutationFn: (id: string) => command(`/api/v1/tokens/${encodeURIComponent(id)}`, { method: 'DELETE' }),
    onSuccess: async () => {
      setDoomed(undefined)
      await again()
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (name.trim() !== '') create.mutate()
  }
  return (
    <Block
      title="API tokens"
      lead="For programs that read the inventory. A token can do what you can, except make other tokens."
    >
      {tokens.data === undefined ? (
        tokens.isError ? (
          <Failure error={tokens.error} what="The tokens could not be listed" retry={() => void tokens.refetch()} />
        ) : (
          <Skeleton lines={3} height={34} />
        )
      ) : tokens.data.length === 0 ? (
        <p className={styles['quiet']}>There are none.</p>
      ) : (
        <ul className={styles['tokens']}>
          {tokens.data.map((token) => (
            <li key={token.id}>
              <div>
                <b>{visibleText(token.name)}</b>
                <p>
                  made <When at={token.createdAt} /> by {visibleText(token.createdBy)} · last used{' '}
                  {token.lastUsedAt === null ? 'never' : <When at={token.lastUsedAt} />}
                </p>
              </div>
              <Button kind="danger" aria-label={`Revoke ${visibleText(token.name)}`} onPress={() => setDoomed(token)}>
                Revoke
              </Button>
            </li>
          ))}
        </ul>
      )}
      <form className={styles['new']} onSubmit={submit} noValidate>
        <Field
          label="What is the new token for?"
          value={name}
          maxLength={100}
          autoComplete="off"
          onChange={(event) => setName(event.target.value)}
          error={tried && name.trim() === '' ? 'Say what it is for.' : undefined}
        />
        <Button type="submit" busy={create.isPending}>
          Make a token
        </Button>
      </form>
      {create.isError && <Failure error={create.error} what="The token was not made" />}
      <Dialog title="Your new token" open={create.data !== undefined} close={() => create.reset()}>
        {create.data && (
          <NewToken name={create.data.token.name} value={create.data.value} done={() => create.reset()} />
        )}
      </Dialog>
      <Dialog
        title={`Revoke “${visibleText(doomed?.name ?? '')}”?`}
        open={doomed !== undefined}
        close={() => setDoomed(undefined)}
      >
        <div className={styles['stack']}>
          <p>Whatever uses it is refused from now on.</p>
          {revoke.isError && <Failure error={revoke.error} what="It was not revoked" />}
          <p className={styles['choices']}>
            <Button kind="danger" busy={revoke.isPending} onPress={() => doomed && revoke.mutate(doomed.id)}>
              Revoke it
            </Button>
            <Button onPress={() => setDoomed(undefined)}>Keep it</Button>
          </p>
        </div>
      </Dialog>
    </Block>
  )
}

const NewToken = ({ name, value, done }: { name: string; value: string; done: () => void }) => (
  <div className={styles['stack']}>
    <Notice tone="unknown" title="It is shown this once">
      <p>Only a digest of it is kept. Copy it now; if it is lost, make another.</p>
    </Notice>
    <ShownOnce value={value} label={`Token ${name}`} thing="token" />
    <Button kind="primary" onPress={done}>
      I have it
    </Button>
  </div>
)

const THEMES: readonly (readonly [Theme, string, IconName])[] = [
  ['system', 'As the system', 'system'],
  ['light', 'Light', 'sun'],
  ['dark', 'Dark', 'moon'],
]

const Look = () => {
  const chosen = theme.use()
  const keys = shortcuts.use()
  return (
    <Block title="This browser" lead="Kept here, for nobody else.">
      <fieldset className={styles['themes']}>
        <legend>Theme</legend>
        {THEMES.map(([value, title, icon]) => (
          <label key={value}>
            <input
              type="radio"
              name="theme"
              value={value}
              checked={chosen === value}
              onChange={() => theme.set(value)}
            />
            <Icon name={icon} />
            {title}
          </label>
        ))}
      </fieldset>
      <label className={styles['check']}>
        <input
          type="checkbox"
          checked={keys === 'on'}
          onChange={(event) => shortcuts.set(event.target.checked ? 'on' : 'off')}
        />
        <span>
          Single keys do things (<kbd>/</kbd>, <kbd>j</kbd>, <kbd>k</kbd>, <kbd>e</kbd>, <kbd>?</kbd>)
        </span>
      </label>
    </Block>
  )
}

const SessionBlock = () => {
  const client = useQueryClient()
  const { data: session } = useQuery(sessionQuery)
  const leave = useMutation({
    mutationFn: () => command('/api/v1/session', { method: 'DELETE' }),
    onSettled: () => client.invalidateQueries({ queryKey: ['session'] }),
  })
  return (
    <Block title="Session" lead={`Rollcall ${session?.version ?? ''}`}>
      <p>
        Logged in as <b>{visibleText(session?.user ?? '')}</b>
        {session?.expiresAt && (
          <>
            ; the session ends <When at={session.expiresAt} />
          </>
        )}
        .
      </p>
      <Button onPress={() => leave.mutate()}>
        <Icon name="leave" />
        Log out
      </Button>
    </Block>
  )
}
