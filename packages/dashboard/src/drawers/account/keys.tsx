import type { FindingOf } from '@rollcall/contract'
import type { AccountDetail } from '@rollcall/contract/api'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { is } from '../../filter/terms.ts'
import { visibleText } from '../../format/visible-text.ts'
import { Way } from '../../reach/chain.tsx'
import { reachQuery } from '../../server/queries.ts'
import { Concerns } from '../../table/cell.tsx'
import { Mark, Unknown } from '../../ui/mark.tsx'
import { Failure, Skeleton } from '../../ui/notice.tsx'
import { Said } from '../../ui/said.tsx'
import { When } from '../../ui/when.tsx'
import styles from '../account-drawer.module.css'
import { PlaceName, Section } from '../parts.tsx'
import { Absence } from './absence.tsx'

/** Keys that open it, with their last use, and what each is worth. */
export const OpeningKeys = ({
  keys,
  uses,
  incomplete,
}: {
  keys: readonly FindingOf<'key'>[]
  uses: readonly FindingOf<'usage'>[]
  incomplete: AccountDetail['outcomes']
}) => {
  const lastUses = latestUses(uses)
  return (
    <Section title={`Keys that open it${keys.length > 0 ? ` (${keys.length})` : ''}`}>
      {keys.length === 0 ? (
        <Absence outcomes={incomplete} probe={/key/} none="None was found." />
      ) : (
        <ul className={styles['keys']}>
          {keys.map((key) => (
            <li key={String(key.fingerprint) + key.place.path + String(key.place.line)}>
              <KeyName of={key} />
              <p>
                {key.role !== 'authorized' && <b>{key.role}, </b>}
                <Said>{key.algorithm}</Said>
                {key.bits !== undefined && `, ${key.bits} bits`}
                {key.comment !== undefined && (
                  <>
                    , “<Said>{key.comment}</Said>”
                  </>
                )}
                {key.options?.map(({ name, value }) => (
                  <code key={name + String(value)} className={styles['option']}>
                    {visibleText(value === undefined ? name : `${name}="${value}"`)}
                  </code>
                ))}
              </p>
              {key.ineffective !== undefined && (
                <p>
                  <Mark tone="plain">opens nothing</Mark>: {INEFFECTIVE[key.ineffective]}
                </p>
              )}
              <LastUse of={lastUses.get(key.fingerprint ?? '')} />
              {key.concerns !== undefined && key.concerns.length > 0 && <Concerns codes={key.concerns} whole />}
              <PlaceName place={key.place} />
            </li>
          ))}
        </ul>
      )}
    </Section>
  )
}

/** Private keys that lie with it. */
export const PrivateKeys = ({ keys }: { keys: readonly FindingOf<'key'>[] }) =>
  keys.length > 0 && (
    <Section title={`Private keys of it (${keys.length})`}>
      <ul className={styles['keys']}>
        {keys.map((key) => (
          <li key={key.place.path + String(key.place.line)}>
            <KeyName of={key} />
            <p>
              <Said>{key.algorithm}</Said>, {PASSPHRASES[key.passphrase ?? 'unknown']}
            </p>
            {key.concerns !== undefined && key.concerns.length > 0 && <Concerns codes={key.concerns} whole />}
            <PlaceName place={key.place} />
          </li>
        ))}
      </ul>
    </Section>
  )

/** The last use of each key, where several logs tell of it. */
const latestUses = (usages: readonly FindingOf<'usage'>[]) => {
  const uses = new Map<string, FindingOf<'usage'>>()
  for (const use of usages) {
    const known = uses.get(use.key ?? '')
    if (known === undefined || (use.lastUsed ?? '') > (known.lastUsed ?? '')) uses.set(use.key ?? '', use)
  }
  return uses
}

const KeyName = ({ of: { fingerprint } }: { of: FindingOf<'key'> }) =>
  fingerprint === undefined ? (
    <p>
      <Unknown /> fingerprint: its file does not tell it without the passphrase
    </p>
  ) : (
    <Link to="/explore/$view" params={{ view: 'keys' }} search={{ filter: is('fingerprint', fingerprint) }}>
      <code>{visibleText(fingerprint)}</code>
    </Link>
  )

const INEFFECTIVE = {
  expired: 'its time is over',
  'not-yet-valid': 'its time has not begun',
  revoked: 'the server names it as revoked',
  'strict-modes': 'others may change its file, so that the server passes it over',
  'no-account': 'the server takes it for no account',
} as const

const PASSPHRASES = {
  yes: 'a passphrase protects it',
  no: 'no passphrase protects it',
  unknown: 'whether a passphrase protects it is not known',
} as const

const LastUse = ({ of }: { of: FindingOf<'usage'> | undefined }) =>
  of !== undefined && (
    <p>
      Last used <When at={of.lastUsed ?? null} />
      {of.from !== undefined && (
        <>
          {' '}
          from <Said>{of.from}</Said>
        </>
      )}
    </p>
  )

/** Where one gets from here by keys: the nearest few, and the whole of it on its page. */
export const WhereTo = ({ id }: { id: string }) => {
  const reach = useQuery(reachQuery({ from: id, ends: 'root', limit: '3' }))
  const others = (reach.data?.ends ?? []).filter(({ path }) => path.some(({ type }) => type === 'reads-key'))
  return (
    <Section title="Where it gets by keys">
      {reach.data === undefined ? (
        reach.isError ? (
          <Failure error={reach.error} what="The ways could not be found" retry={() => void reach.refetch()} />
        ) : (
          <Skeleton lines={2} />
        )
      ) : (
        <>
          {others.length === 0 ? (
            <p>No private key that was seen leads from here to root on another host.</p>
          ) : (
            <ul className={styles['keys']}>
              {others.map((end) => (
                <li key={JSON.stringify(end.node)}>
                  <Way end={end} />
                </li>
              ))}
            </ul>
          )}
          <p className={styles['links']}>
            <Link to="/reach" search={{ from: id }}>
              All that it reaches
            </Link>
            <Link to="/reach" search={{ to: id }}>
              Who reaches it
            </Link>
          </p>
        </>
      )}
    </Section>
  )
}
