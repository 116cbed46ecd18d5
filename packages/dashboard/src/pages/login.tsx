import { session as sessionShape, type Login as LoginBody, type Session } from '@rollcall/contract/api'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState, type FormEvent } from 'react'
import { sessionQuery } from '../server/queries.ts'
import { request } from '../server/request.ts'
import { Button } from '../ui/button.tsx'
import { Field } from '../ui/field.tsx'
import { TallyMark } from '../ui/icon.tsx'
import { Failure } from '../ui/notice.tsx'
import styles from './login.module.css'

const USER = /^[a-z][a-z0-9._-]{0,63}$/
const SHORTEST = 12

/** Name and password; at the very first start the one-time secret too, and whoever enters it chooses both. */
export const Login = ({ session }: { session: Session }) => {
  const client = useQueryClient()
  const first = session.firstLogin
  const [tried, setTried] = useState(false)
  const [secret, setSecret] = useState('')
  const [user, setUser] = useState('')
  const [password, setPassword] = useState('')
  const enter = useMutation({
    mutationFn: (body: LoginBody) => request('/api/v1/session', sessionShape, { method: 'POST', body }),
    onSuccess: async (opened) => {
      await client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' })
      client.setQueryData(sessionQuery.queryKey, opened)
    },
  })
  useEffect(() => {
    document.title = 'Log in · Rollcall'
  }, [])

  const problems = first
    ? {
        secret: secret.trim() === '' ? 'Enter the secret that was printed.' : undefined,
        user: USER.test(user) ? undefined : 'Lower-case letters, digits, dot, dash and underscore; a letter first.',
        password:
          password.length < SHORTEST
            ? `At least ${SHORTEST} characters; ${SHORTEST - password.length} more.`
            : undefined,
      }
    : {
        secret: undefined,
        user: user === '' ? 'Enter your user name.' : undefined,
        password: password === '' ? 'Enter your password.' : undefined,
      }

  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (Object.values(problems).some((problem) => problem !== undefined)) return
    enter.mutate(first ? { oneTimeSecret: secret.trim(), user, password } : { user, password })
  }

  return (
    <main className={styles['page']}>
      <div className={styles['cover']}>
        <p className={styles['brand']}>
          <TallyMark size={44} />
          <span>Rollcall</span>
        </p>
        <span className={styles['giant']}>
          <TallyMark size={420} />
        </span>
        <p className={styles['motto']}>Who can become root, where, why, and what nobody could look at.</p>
      </div>
      <form className={styles['form']} onSubmit={submit} noValidate>
        <h1>{first ? 'First login' : 'Log in'}</h1>
        {first && (
          <div className={styles['explain']}>
            <p>
              When Rollcall started for the first time, it printed a one-time secret in the terminal or service log
              where it runs, below the line with this address.
            </p>
            <p>It works once: whoever enters it chooses the first user name and password.</p>
          </div>
        )}
        {enter.isError && (
          <Failure error={enter.error} what={first ? 'The account was not made' : 'You are not logged in'} />
        )}
        {first && (
          <Field
            label="One-time secret"
            name="one-time-secret"
            autoComplete="off"
            spellCheck={false}
            value={secret}
            onChange={(event) => setSecret(event.target.value)}
            error={tried ? problems.secret : undefined}
          />
        )}
        <Field
          label={first ? 'Choose a user name' : 'User name'}
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          maxLength={64}
          value={user}
          onChange={(event) => setUser(event.target.value)}
          error={tried ? problems.user : undefined}
        />
        <Field
          label={first ? 'Choose a password' : 'Password'}
          name="password"
          type="password"
          autoComplete={first ? 'new-password' : 'current-password'}
          maxLength={1024}
          value={password}
          onChange={(event) => setPassword(event.target.value)}
          hint={first ? `At least ${SHORTEST} characters. A sentence is a good password.` : undefined}
          error={tried ? problems.password : undefined}
        />
        <Button kind="primary" type="submit" busy={enter.isPending}>
          {first ? 'Create the account and log in' : 'Log in'}
        </Button>
        <p className={styles['version']}>Version {session.version}</p>
      </form>
    </main>
  )
}
