import { joinTokenList, type JoinTokenItem } from '@rollcall/contract/api'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { visibleText } from '../format/visible-text.ts'
import { joinTokensQuery } from '../server/queries.ts'
import { request } from '../server/request.ts'
import { Button } from '../ui/button.tsx'
import { Mark } from '../ui/mark.tsx'
import { Failure } from '../ui/notice.tsx'
import { When } from '../ui/when.tsx'
import styles from './agents.module.css'

/** Tokens that somebody may still come with, and those that went wrong. */
export const JoinTokens = () => {
  const client = useQueryClient()
  const tokens = useQuery({ ...joinTokensQuery, refetchInterval: 5000 })
  const revoke = useMutation({
    mutationFn: (id: string) =>
      request(`/api/v1/join-tokens/${encodeURIComponent(id)}`, joinTokenList, { method: 'DELETE' }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['join-tokens'] }),
  })
  const told = (tokens.data ?? []).filter(({ state }) => state === 'open' || state === 'burnt')
  if (tokens.isError) return <Failure error={tokens.error} what="The join tokens could not be listed" />
  if (told.length === 0) return null
  return (
    <section className={styles['block']} aria-labelledby="tokens">
      <h2 id="tokens">Join tokens</h2>
      {revoke.isError && <Failure error={revoke.error} what="It was not revoked" />}
      <ul className={styles['tokens']}>
        {told.map((token) => (
          <li key={token.id}>
            <div>
              <b>{visibleText(token.name ?? 'any name')}</b> in segment <b>{token.segment}</b>
              <p className={styles['quiet']}>
                made <When at={token.createdAt} /> by {visibleText(token.createdBy)}
                {token.state === 'open' && (
                  <>
                    , ends <When at={token.expiresAt} />
                  </>
                )}
                {token.tries > 0 && `, ${token.tries} wrong tries`}
              </p>
            </div>
            {token.state === 'burnt' ? (
              <Mark tone="bad">burnt: two came with it</Mark>
            ) : (
              <Button kind="danger" aria-label={`Revoke ${nameOf(token)}`} onPress={() => revoke.mutate(token.id)}>
                Revoke
              </Button>
            )}
          </li>
        ))}
      </ul>
    </section>
  )
}

const nameOf = ({ name, segment }: JoinTokenItem) => `the token for ${name === null ? segment : visibleText(name)}`
