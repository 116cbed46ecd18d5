import type { CredentialItem, VaultItem } from '@rollcall/contract/api'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { visibleText } from '../format/visible-text.ts'
import { credentialsQuery } from '../server/queries.ts'
import { command } from '../server/request.ts'
import { Button } from '../ui/button.tsx'
import { Failure, Notice, Skeleton } from '../ui/notice.tsx'
import { When } from '../ui/when.tsx'
import styles from './settings.module.css'

/** Credentials that scans log in with: what there is, never the secret. They are added by the command, which seals them where they are typed. */
export const Credentials = () => {
  const client = useQueryClient()
  const known = useQuery(credentialsQuery)
  const change = useMutation({
    mutationFn: ({ id, to }: { id: string; to: 'suspend' | 'resume' }) =>
      command(`/api/v1/credentials/${encodeURIComponent(id)}/${to}`, { method: 'POST', body: {} }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['credentials'] }),
  })
  if (known.data === undefined)
    return known.isError ? (
      <Failure error={known.error} what="The credentials could not be listed" retry={() => void known.refetch()} />
    ) : (
      <Skeleton lines={3} height={34} />
    )
  const { credentials, vault } = known.data
  return (
    <>
      {vault.state !== 'open' && <Notice tone="unknown" title={STATES[vault.state]} />}
      {credentials.length === 0 ? (
        <p className={styles['quiet']}>
          There are none. Add one where Rollcall runs: <code>rollcall credential add --help</code>
        </p>
      ) : (
        <ul className={styles['tokens']}>
          {credentials.map((one) => (
            <li key={one.id}>
              <div>
                <b>{visibleText(one.name)}</b>
                <p>
                  {KINDS[one.kind]} of {visibleText(one.user)} · {one.targets.map(visibleText).join(', ')} · agents of{' '}
                  {one.segments.join(', ')}
                </p>
                <p>
                  {STANDINGS[one.state]}
                  {one.stateReason === null ? '' : `: ${visibleText(one.stateReason)}`} ·{' '}
                  {one.lastLentAt === null ? (
                    'never lent'
                  ) : (
                    <>
                      last lent <When at={one.lastLentAt} />
                    </>
                  )}
                </p>
              </div>
              {one.state !== 'missing' && (
                <Button
                  kind={one.state === 'usable' ? 'danger' : 'quiet'}
                  aria-label={`${one.state === 'usable' ? 'Suspend' : 'Resume'}: ${visibleText(one.name)}`}
                  busy={change.isPending && change.variables.id === one.id}
                  onPress={() => change.mutate({ id: one.id, to: one.state === 'usable' ? 'suspend' : 'resume' })}
                >
                  {one.state === 'usable' ? 'Suspend' : 'Resume'}
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
      {change.isError && <Failure error={change.error} what="That was not changed" />}
    </>
  )
}

const STATES: Record<VaultItem['state'], string> = {
  open: '',
  sealed: 'The vault is sealed: nothing is lent until somebody opens it with “rollcall vault unseal”.',
  empty: 'The vault has no passphrase yet; choose one with “rollcall vault unseal”.',
  away: 'The process that keeps the vault does not answer: nothing is lent. The log of the collector says why.',
  none: 'This collector was started without a vault.',
}

const KINDS: Record<CredentialItem['kind'], string> = {
  'ssh-key': 'SSH key',
  password: 'password',
  'sudo-password': 'password for sudo',
  'ldap-bind': 'login to directories',
}

const STANDINGS: Record<CredentialItem['state'], string> = {
  usable: 'lent to agents',
  suspended: 'suspended',
  missing: 'missing',
}
