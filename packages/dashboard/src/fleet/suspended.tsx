import { loginList, type LoginItem } from '@rollcall/contract/api'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { counted } from '../format/count.ts'
import { visibleText } from '../format/visible-text.ts'
import { loginsQuery } from '../server/queries.ts'
import { request } from '../server/request.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Mark } from '../ui/mark.tsx'
import { Failure } from '../ui/notice.tsx'
import { When } from '../ui/when.tsx'
import styles from './agents.module.css'

/** Passwords that are not tried any more, or not for now, so that no account is locked. */
export const Suspended = () => {
  const client = useQueryClient()
  const logins = useQuery({ ...loginsQuery, refetchInterval: 10_000 })
  const [asked, setAsked] = useState<LoginItem>()
  const clear = useMutation({
    mutationFn: (id: string) =>
      request(`/api/v1/logins/${encodeURIComponent(id)}/clear`, loginList, { method: 'POST' }),
    onSuccess: async () => {
      setAsked(undefined)
      await client.invalidateQueries({ queryKey: ['logins'] })
    },
  })
  if (logins.isError) return <Failure error={logins.error} what="Logins that were rejected could not be listed" />
  const told = (logins.data ?? []).filter(({ state }) => state === 'suspended' || state === 'waiting')
  if (told.length === 0) return null
  return (
    <section className={styles['block']} aria-labelledby="logins">
      <h2 id="logins">Logins that are held back</h2>
      <p className={styles['quiet']}>
        A password that was rejected is not tried again and again: directories lock accounts for that.
      </p>
      <ul className={styles['tokens']}>
        {told.map((login) => (
          <li key={login.id}>
            <div>
              <Mark tone={login.state === 'suspended' ? 'bad' : 'unknown'} strong>
                {visibleText(login.account)}
              </Mark>
              <p>{visibleText(login.why ?? '')}</p>
              <p className={styles['quiet']}>
                {login.lastPlace !== null && (
                  <>
                    last at <code>{visibleText(login.lastPlace)}</code>,{' '}
                  </>
                )}
                {counted(login.rejected, 'rejection')}
                {login.until !== null && (
                  <>
                    ; tried again <When at={login.until} />
                  </>
                )}
              </p>
            </div>
            <Button aria-label={`Try it again…: ${visibleText(login.account)}`} onPress={() => setAsked(login)}>
              Try it again…
            </Button>
          </li>
        ))}
      </ul>
      <Dialog
        title={`Try ${visibleText(asked?.account ?? '')} again?`}
        open={asked !== undefined}
        close={() => setAsked(undefined)}
      >
        <div className={styles['stack']}>
          <p>
            First see to it that the password is right, and that the account is not close to being locked: one more
            wrong one may lock it. It is tried in one place first.
          </p>
          {clear.isError && <Failure error={clear.error} what="It was not cleared" />}
          <p className={styles['choices']}>
            <Button kind="primary" busy={clear.isPending} onPress={() => asked && clear.mutate(asked.id)}>
              Try it again
            </Button>
            <Button onPress={() => setAsked(undefined)}>Leave it</Button>
          </p>
        </div>
      </Dialog>
    </section>
  )
}
