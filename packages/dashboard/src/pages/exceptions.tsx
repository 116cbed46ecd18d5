import type { ExceptionItem } from '@rollcall/contract/api'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { counted } from '../format/count.ts'
import { visibleText } from '../format/visible-text.ts'
import { exceptionsQuery } from '../server/queries.ts'
import { command } from '../server/request.ts'
import { Button } from '../ui/button.tsx'
import { Failure, Skeleton } from '../ui/notice.tsx'
import { When } from '../ui/when.tsx'
import { ListLink } from './list-link.tsx'
import styles from './settings.module.css'

/** What people decided to leave as it is, why, and until when. */
export const Exceptions = () => {
  const client = useQueryClient()
  const exceptions = useQuery(exceptionsQuery)
  const takeBack = useMutation({
    mutationFn: (id: string) => command(`/api/v1/exceptions/${encodeURIComponent(id)}`, { method: 'DELETE' }),
    onSuccess: () => client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' }),
  })
  if (exceptions.data === undefined)
    return exceptions.isError ? (
      <Failure
        error={exceptions.error}
        what="The exceptions could not be listed"
        retry={() => void exceptions.refetch()}
      />
    ) : (
      <Skeleton lines={3} height={34} />
    )
  if (exceptions.data.length === 0)
    return <p className={styles['quiet']}>There are none. They are made where a stored credential is opened.</p>
  return (
    <>
      <ul className={styles['tokens']}>
        {exceptions.data.map((exception) => (
          <li key={exception.id}>
            <div>
              <b>{visibleText(exception.reason)}</b>
              <p>
                {whatOf(exception)} ·{' '}
                <ListLink view="stored_credentials" filter={`exception:"${exception.id}"`}>
                  {counted(exception.credentials, 'place')}
                </ListLink>
              </p>
              <p>
                made <When at={exception.addedAt} /> by {visibleText(exception.addedBy)} ·{' '}
                {exception.expires === null ? (
                  'until it is taken back'
                ) : (
                  <>
                    {isOver(exception.expires) ? 'ended' : 'ends'} <When at={exception.expires} />
                  </>
                )}
              </p>
            </div>
            <Button
              kind="danger"
              aria-label={`Take back: ${visibleText(exception.reason)}`}
              busy={takeBack.isPending && takeBack.variables === exception.id}
              onPress={() => takeBack.mutate(exception.id)}
            >
              Take back
            </Button>
          </li>
        ))}
      </ul>
      {takeBack.isError && <Failure error={takeBack.error} what="It was not taken back" />}
    </>
  )
}

const isOver = (instant: string) => Date.parse(instant) <= Date.now()

const whatOf = ({ match }: ExceptionItem): string => {
  if (match.by === 'place') return 'one place'
  if (match.by === 'secret') return 'one secret, wherever it lies'
  const { host, path, name, account, detector } = match
  return Object.entries({ host, path, name, account, detector })
    .flatMap(([field, pattern]) => (pattern === undefined ? [] : [`${field} ${visibleText(pattern)}`]))
    .join(', ')
}
