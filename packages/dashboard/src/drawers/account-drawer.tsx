import { describeCredentialWeakness, type FindingOf } from '@rollcall/contract'
import type { AccountDetail, PrivilegePath } from '@rollcall/contract/api'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Fragment } from 'react'
import { is } from '../filter/terms.ts'
import { count, counted } from '../format/count.ts'
import { toneOf } from '../format/tone.ts'
import { visibleText } from '../format/visible-text.ts'
import { fileRole, viaName, wordName } from '../format/words.ts'
import { Way } from '../reach/chain.tsx'
import { accountQuery, reachQuery } from '../server/queries.ts'
import { Concerns } from '../table/cell.tsx'
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
  const of = <K extends 'account' | 'membership' | 'credential' | 'key' | 'usage' | 'grant' | 'file'>(kind: K) =>
    account.findings.flatMap(({ finding }) => (finding.kind === kind ? [finding as FindingOf<K>] : []))
  const [entry] = of('account')
  const groups = of('membership')
  const keys = of('key').filter(({ role }) => role === 'authorized' || role === 'authority')
  const privateKeys = of('key').filter(({ role }) => role === 'private')
  const usages = of('usage')
  const logins = usages.filter(({ consumer }) => consumer === 'login')
  const lastUses = latestUses(usages.filter(({ consumer }) => consumer === 'key-login'))
  const services = usages.filter(({ consumer }) => consumer !== 'login' && consumer !== 'key-login')
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
      <Password
        credentials={of('credential').filter((one) => one.class === 'login-password')}
        samePassword={account.samePassword}
      />
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
      {privateKeys.length > 0 && (
        <Section title={`Private keys of it (${privateKeys.length})`}>
          <ul className={styles['keys']}>
            {privateKeys.map((key) => (
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
      )}
      <WhereTo id={account.id} />
      {services.length > 0 && (
        <Section title={`What runs as it (${services.length})`}>
          <ul className={styles['keys']}>
            {services.slice(0, LISTED).map((service) => (
              <Service key={service.consumer + String(service.name) + service.place.path} service={service} />
            ))}
          </ul>
          {services.length > LISTED && <More view="services" account={account} number={services.length - LISTED} />}
        </Section>
      )}
      <Files files={of('file')} account={account} />
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
const WhereTo = ({ id }: { id: string }) => {
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

/** So many of one kind are listed here; the rest is in its table. */
const LISTED = 20

const More = ({ view, account, number }: { view: string; account: AccountDetail; number: number }) => (
  <p>
    <Link
      to="/explore/$view"
      params={{ view }}
      search={{ filter: `${is('host_id', account.host.id)} ${is('account', account.name)}` }}
    >
      {count(number)} more
    </Link>
  </p>
)

const Service = ({ service }: { service: FindingOf<'usage'> }) => {
  const { consumer, name, program, schedule, enabled, listens = [], needs = [], place } = service
  return (
    <li>
      <p>
        <b>
          <Said>{name ?? consumer}</Said>
        </b>{' '}
        <span className={styles['kind']}>{wordName('consumer', consumer)}</span>
        {enabled === false && <span className={styles['kind']}>not enabled</span>}
      </p>
      <p>
        {program !== undefined && <code>{visibleText(program)}</code>}
        {schedule !== undefined && (
          <>
            , <Said>{schedule}</Said>
          </>
        )}
        {listens.length > 0 && (
          <>
            , listens on <Said>{listens.join(', ')}</Said>
          </>
        )}
      </p>
      {needs.length > 0 && (
        <p>
          Is given{' '}
          {needs.map(({ type, name: given }, index) => (
            <Fragment key={type + given}>
              {index > 0 && ', '}
              {type} <code>{visibleText(given)}</code>
            </Fragment>
          ))}
          : it breaks when that changes.
        </p>
      )}
      <PlaceName place={place} />
    </li>
  )
}

const Files = ({ files, account }: { files: readonly FindingOf<'file'>[]; account: AccountDetail }) =>
  files.length > 0 && (
    <Section title={`Files that lead to it (${files.length})`}>
      <ul className={styles['keys']}>
        {files.slice(0, LISTED).map((file) => (
          <li key={file.role + file.place.path}>
            <PlaceName place={file.place} />
            <p>
              {fileRole(file.role)}; mode <code>{visibleText(file.mode)}</code>, owner {file.owner}, group {file.group}
              {file.writableBy !== undefined && file.writableBy.length > 0 && (
                <>
                  {' '}
                  <Mark tone="bad">may be changed by {file.writableBy.join(' and ')}</Mark>
                </>
              )}
            </p>
            {file.because !== undefined && (
              <p>
                Because of <Said>{file.because}</Said>
                {file.namedBy !== undefined && (
                  <>
                    , in <PlaceName place={file.namedBy} />
                  </>
                )}
              </p>
            )}
          </li>
        ))}
      </ul>
      {files.length > LISTED && <More view="files" account={account} number={files.length - LISTED} />}
    </Section>
  )

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
      <span className={styles['via']} title={viaName(via)}>
        {via}
      </span>
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

const SAME = 5
const STATES = {
  usable: 'set: a password can match',
  locked: 'locked: unlocking restores it',
  none: 'none: no password can match',
  empty: 'empty: no password is needed',
} as const

const Password = ({
  credentials,
  samePassword,
}: {
  credentials: readonly FindingOf<'credential'>[]
  samePassword: AccountDetail['samePassword']
}) => {
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
            password.weaknesses !== undefined && [
              'Weak',
              <Mark key="" tone="bad">
                {password.weaknesses.map(describeCredentialWeakness).join('; ')}
              </Mark>,
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
            samePassword !== null &&
              samePassword.accounts > 0 && [
                'Same hash',
                <span key="">
                  <Mark tone="bad">{counted(samePassword.accounts, 'other account')}</Mark>: it was copied there
                  <ul>
                    {samePassword.some.slice(0, SAME).map((other) => (
                      <li key={other.id}>
                        <Link to="/accounts" search={{ open: other.id }}>
                          <Said>{other.name}</Said>
                        </Link>{' '}
                        on <Said>{other.host.name}</Said>
                      </li>
                    ))}
                  </ul>
                  {samePassword.accounts > SAME && `and ${count(samePassword.accounts - SAME)} more`}
                </span>,
              ],
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
