import type { FindingOf } from '@rollcall/contract'
import type { AccountDetail, PrivilegePath } from '@rollcall/contract/api'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { is } from '../filter/terms.ts'
import { counted } from '../format/count.ts'
import { toneOf } from '../format/tone.ts'
import { visibleText } from '../format/visible-text.ts'
import { accountQuery } from '../server/queries.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Glyph, Mark, Unknown } from '../ui/mark.tsx'
import { Failure, Skeleton } from '../ui/notice.tsx'
import { Said } from '../ui/said.tsx'
import { When } from '../ui/when.tsx'
import styles from './account-drawer.module.css'
import { Facts, History, Outcomes, PlaceName, Section, YesNo } from './parts.tsx'

/** Everything about one account: first whether it is privileged and why, line by line. */
export const AccountDrawer = ({ id, close }: { id: string | undefined; close: () => void }) => {
  const account = useQuery({ ...accountQuery(id ?? ''), enabled: id !== undefined })
  const detail = account.data
  return (
    <Dialog
      shape="drawer"
      open={id !== undefined}
      close={close}
      kicker={
        detail && (
          <>
            Account on{' '}
            <Link to="/hosts" search={{ open: detail.host.id }}>
              <Said>{detail.host.name}</Said>
            </Link>
          </>
        )
      }
      title={detail ? <Said>{detail.name}</Said> : 'Account'}
    >
      {detail ? (
        <Detail account={detail} />
      ) : account.isError ? (
        <Failure error={account.error} what="The account could not be read" retry={() => void account.refetch()} />
      ) : (
        <Skeleton lines={14} />
      )}
    </Dialog>
  )
}

const Detail = ({ account }: { account: AccountDetail }) => {
  const of = <K extends 'account' | 'membership' | 'credential' | 'key' | 'usage' | 'grant'>(kind: K) =>
    account.findings.flatMap(({ finding }) => (finding.kind === kind ? [finding as FindingOf<K>] : []))
  const [entry] = of('account')
  const groups = of('membership')
  const keys = of('key')
  const logins = of('usage')
  const incomplete = account.outcomes.filter(({ status }) => status !== 'complete')
  return (
    <>
      <Verdict account={account} />
      {account.paths.length > 0 && (
        <Section title={account.paths.length === 1 ? 'The path to root' : `${account.paths.length} paths to root`}>
          <ol className={styles['paths']}>
            {account.paths.map((path, index) => (
              // eslint-disable-next-line react/no-array-index-key -- two paths may read the same
              <Path key={index} path={path} />
            ))}
          </ol>
        </Section>
      )}
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
                  <When at={logins[0]!.lastUsed} />
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
      <Password credentials={of('credential').filter((one) => one.class === 'login-password')} />
      <Section title={`Keys that open it${keys.length > 0 ? ` (${keys.length})` : ''}`}>
        {keys.length === 0 ? (
          <Absence outcomes={incomplete} probe={/key/} none="None was found." />
        ) : (
          <ul className={styles['keys']}>
            {keys.map((key) => (
              <li key={key.fingerprint + key.place.path + String(key.place.line)}>
                <Link
                  to="/explore/$view"
                  params={{ view: 'keys' }}
                  search={{ filter: is('fingerprint', key.fingerprint) }}
                >
                  <code>{visibleText(key.fingerprint)}</code>
                </Link>
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
                <PlaceName place={key.place} />
              </li>
            ))}
          </ul>
        )}
      </Section>
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
      <Section title={incomplete.length > 0 ? 'What was looked at, and what could not be' : 'What was looked at'}>
        <Outcomes outcomes={account.outcomes} />
      </Section>
      <Section title="History">
        <History changes={account.history} />
      </Section>
    </>
  )
}

const VERDICTS = {
  yes: ['Privileged', 'may become root'],
  no: ['Not privileged', 'no way to become root was found'],
  unknown: ['Privilege unknown', 'not everything that decides it could be looked at'],
} as const

const Verdict = ({ account }: { account: AccountDetail }) => {
  const [word, meaning] = VERDICTS[account.privileged]
  const toRoot = account.paths.filter(({ effect }) => effect === 'root')
  return (
    <div className={styles['verdict']} data-privileged={account.privileged}>
      <p className={styles['word']}>
        <Glyph
          tone={account.privileged === 'yes' ? 'privileged' : account.privileged === 'unknown' ? 'unknown' : 'plain'}
        />
        {word}
      </p>
      <p>
        It{' '}
        {toRoot.length > 0
          ? `${meaning}, by ${counted(toRoot.length, 'path')}${toRoot.some(({ password }) => password === 'none') ? ', without any password' : ''}.`
          : account.privileged === 'unknown'
            ? `is not known: ${meaning}.`
            : account.privileged === 'yes'
              ? `${meaning}.`
              : `is not: ${meaning}.`}
      </p>
      {account.unknownBecause.length > 0 && (
        <ul className={styles['because']}>
          {account.unknownBecause.map(({ path, line, sentence, detail }, index) => (
            // eslint-disable-next-line react/no-array-index-key -- reasons have no identity
            <li key={index}>
              {path !== undefined && (
                <>
                  <PlaceName place={{ path, ...(line === undefined ? {} : { line }) }} />{' '}
                </>
              )}
              <Said>{sentence}</Said>
              {detail !== undefined && (
                <>
                  {' '}
                  (<Said>{detail}</Said>)
                </>
              )}
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

const PASSWORDS = {
  none: 'takes no password',
  own: 'takes its own password',
  target: 'takes the password of the account it becomes',
  unknown: 'what password it takes is not known',
} as const

const Path = ({ path: { via, effect, password, sentence, steps } }: { path: PrivilegePath }) => (
  <li className={styles['path']} data-effect={effect}>
    <p className={styles['sentence']}>
      <Said>{sentence}</Said>
    </p>
    <p className={styles['takes']}>
      <span className={styles['via']}>{via}</span>
      <span data-none={password === 'none'}>{PASSWORDS[password]}</span>
      {effect === 'limited' && <span>some commands only</span>}
    </p>
    <ol className={styles['steps']}>
      {steps.map(({ sentence: step, place }, index) => (
        // eslint-disable-next-line react/no-array-index-key -- steps have no identity
        <li key={index}>
          <Said>{step}</Said>
          {place && (
            <>
              {' '}
              <PlaceName place={place} />
            </>
          )}
        </li>
      ))}
    </ol>
  </li>
)

const STATES = {
  usable: 'set: a password can match',
  locked: 'locked: unlocking restores it',
  none: 'none: no password can match',
  empty: 'empty: no password is needed',
} as const

const Password = ({ credentials }: { credentials: readonly FindingOf<'credential'>[] }) => {
  const [password] = credentials
  return (
    <Section title="Password">
      {password === undefined ? (
        <p>
          <Unknown /> whether it has one: see what could not be looked at below.
        </p>
      ) : (
        <Facts
          rows={[
            [
              'State',
              <Mark key="" tone={toneOf('password', password.state)}>
                {STATES[password.state]}
              </Mark>,
            ],
            password.scheme !== undefined && [
              'Hash',
              <span key="">
                <Said>{password.scheme}</Said>
                {password.strength !== undefined && (
                  <>
                    {', '}
                    <Mark tone={toneOf('hash_strength', password.strength)}>{password.strength}</Mark>
                  </>
                )}
              </span>,
            ],
            password.changed !== undefined && [
              'Changed',
              password.changed === 'must-change' ? (
                'must be changed at the next login'
              ) : (
                <When key="" at={password.changed} />
              ),
            ],
            password.state === 'usable' && [
              'Has to change',
              password.maximumDays === undefined || password.maximumDays >= 99_999
                ? 'never'
                : `after ${counted(password.maximumDays, 'day')}`,
            ],
            password.inactiveDays !== undefined && [
              'Disabled',
              `${counted(password.inactiveDays, 'day')} after it ran out`,
            ],
            password.accountExpires !== undefined && ['Account expires', <When key="" at={password.accountExpires} />],
            ['Read in', <PlaceName key="" place={password.place} />],
          ]}
        />
      )}
    </Section>
  )
}

/** Nothing was found: known to be nothing, or not looked at. */
const Absence = ({ outcomes, probe, none }: { outcomes: AccountDetail['outcomes']; probe: RegExp; none: string }) =>
  outcomes.some((one) => probe.test(one.probe)) ? (
    <p>
      <Unknown />: it could not be looked at completely; see below.
    </p>
  ) : (
    <p>{none}</p>
  )
