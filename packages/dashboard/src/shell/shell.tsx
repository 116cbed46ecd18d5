import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Outlet } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { Login } from '../pages/login.tsx'
import { live, useLiveEvents } from '../server/live.ts'
import { sessionQuery } from '../server/queries.ts'
import { reachability } from '../server/reachability.ts'
import { command } from '../server/request.ts'
import { Icon } from '../ui/icon.tsx'
import { Failure } from '../ui/notice.tsx'
import { Said } from '../ui/said.tsx'
import { useClock } from '../ui/when.tsx'
import { Help } from './help.tsx'
import { BottomBar, Navigation } from './navigation.tsx'
import navigation from './navigation.module.css'
import styles from './shell.module.css'
import { useKeys } from './use-keys.ts'

/** Everything around a page. Without a session it asks for one in place, so that the address is kept and one returns to it. */
export const Shell = () => {
  const client = useQueryClient()
  const session = useQuery(sessionQuery)
  const [help, setHelp] = useState(false)
  const loggedIn = typeof session.data?.user === 'string'
  useClock()
  useLiveEvents(client, loggedIn)
  useExpiry(session.data?.expiresAt ?? null)
  useKeys({ '?': () => setHelp(true) })

  if (session.data === undefined) {
    return (
      <main className={styles['alone']}>
        <Reconnecting />
        {session.isError && (
          <Failure error={session.error} what="Rollcall could not be reached" retry={() => void session.refetch()} />
        )}
      </main>
    )
  }
  if (!loggedIn) {
    return (
      <>
        <Reconnecting />
        <Login session={session.data} />
      </>
    )
  }
  const account = <Account user={session.data.user ?? ''} />
  return (
    <div className={styles['shell']}>
      <a className={styles['skip']} href="#content">
        Skip to the content
      </a>
      <Navigation askHelp={() => setHelp(true)} account={account} />
      <div className={styles['side']}>
        <Reconnecting />
        <Outlet />
      </div>
      <BottomBar askHelp={() => setHelp(true)} account={account} />
      <Help open={help} close={() => setHelp(false)} />
    </div>
  )
}

const Account = ({ user }: { user: string }) => {
  const client = useQueryClient()
  const leave = useMutation({
    mutationFn: () => command('/api/v1/session', { method: 'DELETE' }),
    onSettled: async () => {
      client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' })
      await client.invalidateQueries({ queryKey: ['session'] })
    },
  })
  return (
    <button type="button" className={navigation['item']} onClick={() => leave.mutate()}>
      <Icon name="leave" />
      <span>
        Log out <Said>{user}</Said>
      </span>
    </button>
  )
}

/** Says so while the server does not answer, and asks again until it does. */
const Reconnecting = () => {
  const client = useQueryClient()
  const reachable = reachability.use()
  const events = live.useState()
  useEffect(() => {
    if (reachable) return undefined
    const timer = setInterval(() => void client.refetchQueries({ queryKey: ['session'] }), 3000)
    return () => {
      clearInterval(timer)
      void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' })
    }
  }, [client, reachable])
  return (
    <output className={styles['status']}>
      {!reachable ? (
        <span className={styles['gone']}>Rollcall does not answer. Trying again; what you see may be out of date.</span>
      ) : (
        events === 'polling' && (
          <span className={styles['polling']}>
            Live updates are interrupted. This page asks every few seconds instead.
          </span>
        )
      )}
    </output>
  )
}

/** Asks for a login when the session ends, not at the next click. */
const useExpiry = (expiresAt: string | null) => {
  const client = useQueryClient()
  useEffect(() => {
    if (expiresAt === null) return undefined
    const left = Date.parse(expiresAt) - Date.now()
    if (Number.isNaN(left)) return undefined
    const timer = setTimeout(
      () => void client.invalidateQueries({ queryKey: ['session'] }),
      Math.min(Math.max(left + 500, 1000), 2 ** 31 - 1),
    )
    return () => clearTimeout(timer)
  }, [client, expiresAt])
}
