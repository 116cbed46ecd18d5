import type { FindingOf } from '@rollcall/contract'
import type { AccountDetail } from '@rollcall/contract/api'
import { toneOf } from '../../format/tone.ts'
import { wordName } from '../../format/words.ts'
import { Mark, Unknown } from '../../ui/mark.tsx'
import { Said } from '../../ui/said.tsx'
import { When } from '../../ui/when.tsx'
import styles from '../account-drawer.module.css'
import { Facts, PlaceName, Section, YesNo } from '../parts.tsx'

/** Whether somebody may log in as it, why, and when somebody last did. */
export const LoginFacts = ({ account, logins }: { account: AccountDetail; logins: readonly FindingOf<'usage'>[] }) => (
  <Section title="Login">
    <Facts
      rows={[
        ['Allowed', <YesNo key="" value={account.loginAllowed} about="login_allowed" />],
        [
          'Why',
          <ul key="" className={styles['steps']}>
            {account.loginReasons.map(({ sentence, place }, index) => (
              // eslint-disable-next-line react/no-array-index-key -- steps have no identity
              <li key={index}>
                <Said>{sentence}</Said> {place && <PlaceName place={place} />}
              </li>
            ))}
          </ul>,
        ],
        [
          'Last login',
          logins.length === 0 ? (
            <Unknown key="" />
          ) : (
            <span key="">
              <When at={logins[0]!.lastUsed ?? null} />
              {logins[0]!.from !== undefined && (
                <>
                  {' '}
                  from <Said>{logins[0]!.from}</Said>
                </>
              )}
            </span>
          ),
        ],
      ]}
    />
  </Section>
)

/** What the host says of the account itself. */
export const EntryFacts = ({
  account,
  entry,
  groups,
}: {
  account: AccountDetail
  entry: FindingOf<'account'> | undefined
  groups: readonly FindingOf<'membership'>[]
}) => (
  <Section title="Account">
    <Facts
      rows={[
        [
          'State',
          <Mark key="" tone={toneOf('state', account.state)}>
            {account.state}
          </Mark>,
        ],
        ['Uid, gid', entry ? `${entry.uid}, ${entry.gid}` : <Unknown key="" />],
        entry?.source !== undefined && [
          'Listed by',
          <span key="">
            {wordName('source', entry.source)}
            {entry.directory?.domain !== undefined && (
              <>
                , <Said>{entry.directory.domain}</Said>
              </>
            )}
          </span>,
        ],
        entry?.sharesUid !== undefined &&
          entry.sharesUid.length > 0 && ['Same uid as', <Said key="">{entry.sharesUid.join(', ')}</Said>],
        entry?.description !== undefined && ['Description', <Said key="">{entry.description}</Said>],
        ['Shell', entry ? <Said key="">{entry.shell || 'empty, which means /bin/sh'}</Said> : <Unknown key="" />],
        ['Home', entry ? <Said key="">{entry.home}</Said> : <Unknown key="" />],
        [
          'Groups',
          groups.length === 0 ? (
            <Unknown key="" />
          ) : (
            <span key="">
              {groups.map(({ group, role }, index) => (
                <span key={group + role}>
                  {index > 0 && ', '}
                  <Said>{group}</Said>
                  {role !== 'member' && ` (${role})`}
                </span>
              ))}
            </span>
          ),
        ],
        entry !== undefined && ['Listed in', <PlaceName key="" place={entry.place} />],
        ['First seen', <When key="" at={account.firstSeen} />],
        ['Last seen', <When key="" at={account.lastSeen} />],
        account.goneSince !== null && ['Gone since', <When key="" at={account.goneSince} />],
      ]}
    />
  </Section>
)
