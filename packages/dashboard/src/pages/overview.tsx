import type { Overview as OverviewBody } from '@rollcall/contract/api'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { History } from '../drawers/parts.tsx'
import { is } from '../filter/terms.ts'
import { count, counted } from '../format/count.ts'
import { visibleText } from '../format/visible-text.ts'
import { viaName } from '../format/words.ts'
import { useAsking } from '../server/live.ts'
import { overviewQuery, scansQuery } from '../server/queries.ts'
import { Page } from '../shell/page.tsx'
import { Glyph } from '../ui/mark.tsx'
import { Failure, Skeleton } from '../ui/notice.tsx'
import { When } from '../ui/when.tsx'
import { FirstRun } from './first-run.tsx'
import styles from './overview.module.css'
import { ListLink } from './list-link.tsx'
import { Roll } from './roll.tsx'

/** What is known, after how much of it could be known. Every figure leads to the list behind it. */
export const Overview = () => {
  const { data: scans } = useQuery(scansQuery)
  const running = scans?.some(({ state }) => state === 'running') ?? false
  const overview = useQuery({ ...overviewQuery, refetchInterval: useAsking(running) })
  const { data } = overview
  if (data === undefined) {
    return (
      <Page title="Overview" lead={<span>…</span>}>
        {overview.isError ? (
          <Failure error={overview.error} what="The overview could not be read" retry={() => void overview.refetch()} />
        ) : (
          <Skeleton lines={16} height={26} />
        )}
      </Page>
    )
  }
  if (data.coverage.hosts === 0 && data.accounts.total === 0 && data.directories.total === 0)
    return <FirstRun overview={data} />
  return (
    <Page title="Overview" lead={<ScanTimes overview={data} />}>
      {overview.isError && (
        <Failure
          error={overview.error}
          what="The overview could not be read again"
          retry={() => void overview.refetch()}
        />
      )}
      <CoverageBlock overview={data} />
      <div className={styles['two']}>
        <div>
          <Privilege overview={data} />
          <Keys overview={data} />
        </div>
        <div>
          <Missing overview={data} />
          <Stored overview={data} />
          <Footholds overview={data} />
          <Directories overview={data} />
          <section aria-labelledby="recent">
            <h2 id="recent">
              Lately{' '}
              <Link to="/explore/$view" params={{ view: 'changes' }}>
                all changes
              </Link>
            </h2>
            {data.recent.length === 0 ? (
              <p className={styles['quiet']}>Nothing has changed since the first look.</p>
            ) : (
              <History changes={data.recent} withHost />
            )}
          </section>
        </div>
      </div>
    </Page>
  )
}

const ScanTimes = ({ overview: { lastScan, nextScanAt } }: { overview: OverviewBody }) => (
  <span>
    {lastScan === null ? (
      'No scan has run yet'
    ) : (
      <>
        {lastScan.finishedAt === null ? 'Scan ' : 'Last scan '}
        <Link to="/scans/$scan" params={{ scan: lastScan.id }}>
          {lastScan.finishedAt === null ? (
            <>
              running since <When at={lastScan.startedAt} />
            </>
          ) : (
            <>
              {lastScan.state} <When at={lastScan.finishedAt} />
            </>
          )}
        </Link>
      </>
    )}
    {' · '}
    {nextScanAt === null ? (
      'no next scan is planned'
    ) : (
      <>
        next <When at={nextScanAt} />
      </>
    )}
  </span>
)

const CoverageBlock = ({ overview: { coverage, lastScan } }: { overview: OverviewBody }) => {
  const { targets, hosts, complete, partial, failed, never, lookedWithin24h, oldestGoodScan } = coverage
  const scan = lastScan === null ? '' : `${is('scan', lastScan.id)} `
  return (
    <section className={styles['coverage']} aria-labelledby="coverage">
      <h2 id="coverage" className={styles['statement']}>
        <ListLink view="hosts" filter="outcome:complete" className={styles['lead']}>
          {count(complete)} of {count(targets)}
        </ListLink>{' '}
        {targets === 1 ? 'target' : 'targets'} read completely
      </h2>
      <Roll complete={complete} partial={partial} failed={failed} never={never} />
      <ul className={styles['ends']}>
        <End look="complete" title="complete" value={complete} view="hosts" filter="outcome:complete" />
        <End look="partial" title="read in part" value={partial} view="hosts" filter="-outcome:complete" />
        <End
          look="failed"
          title="failed"
          value={failed}
          view="scan_targets"
          filter={`${scan}outcome:failed,timed-out,denied,absent`}
        />
        <End look="never" title="never reached" value={never} view="scan_targets" filter={`${scan}host:none`} />
      </ul>
      <dl className={styles['ages']}>
        <div>
          <dt>Looked at within 24 h</dt>
          <dd>
            <ListLink view="hosts" filter="last_seen:<24h">
              {count(lookedWithin24h)} of {counted(hosts, 'host')}
            </ListLink>
          </dd>
        </div>
        <div>
          <dt>Oldest complete look</dt>
          <dd>
            <ListLink view="hosts" filter="" sort="last_good_scan">
              {oldestGoodScan === null ? 'never' : <When at={oldestGoodScan} />}
            </ListLink>
          </dd>
        </div>
      </dl>
    </section>
  )
}

const End = ({
  look,
  title,
  value,
  view,
  filter,
}: {
  look: string
  title: string
  value: number
  view: string
  filter: string
}) => (
  <li>
    <ListLink view={view} filter={filter} className={styles['end']}>
      <i data-look={look} className={styles['swatch']} aria-hidden="true" />
      <b>{count(value)}</b> {title}
    </ListLink>
  </li>
)

const Missing = ({ overview: { coverage } }: { overview: OverviewBody }) => {
  const most = Math.max(1, ...coverage.gaps.map(({ hosts }) => hosts))
  return (
    <section aria-labelledby="missing">
      <h2 id="missing">
        What could not be looked at{' '}
        <ListLink view="outcomes" filter="-status:complete">
          all of it
        </ListLink>
      </h2>
      {coverage.gaps.length === 0 ? (
        <p className={styles['quiet']}>Nothing is missing: every probe was complete on every host that was reached.</p>
      ) : (
        <ul className={styles['gaps']}>
          {coverage.gaps.slice(0, 6).map(({ code, sentence, hosts, filter }) => (
            <li key={code}>
              <ListLink view="outcomes" filter={filter} className={styles['gap']}>
                <b>{count(hosts)}</b>
                <span>
                  <span>{visibleText(sentence)}</span>
                  <span className={styles['bar']} data-look="gap" aria-hidden="true">
                    <i style={{ width: `${(100 * hosts) / most}%` }} />
                  </span>
                </span>
              </ListLink>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

const Privilege = ({ overview: { accounts } }: { overview: OverviewBody }) => {
  const most = Math.max(1, ...accounts.byPath.map((path) => path.accounts))
  return (
    <section aria-labelledby="privilege">
      <h2 id="privilege">
        Who may become root{' '}
        <ListLink view="accounts" filter="">
          {counted(accounts.total, 'account')} in all
        </ListLink>
      </h2>
      <InHand view="accounts" of={accounts} yes="privileged" unmanaged="privileged and managed by nobody" />
      <h3 className={styles['sub']}>By path to root</h3>
      <ul className={styles['paths']}>
        {accounts.byPath.map((path) => (
          <li key={path.via}>
            <ListLink
              view="accounts"
              filter={`privileged:yes ${is('privileged_by', path.via)}`}
              className={styles['path']}
            >
              <span>{visibleText(viaName(path.via))}</span>
              <span className={styles['bar']} data-look="privileged" aria-hidden="true">
                <i style={{ width: `${(100 * path.accounts) / most}%` }} />
              </span>
              <b>{count(path.accounts)}</b>
            </ListLink>
          </li>
        ))}
      </ul>
      <ul className={styles['small']}>
        <Small view="accounts" filter="privileged:yes last_login:never" value={accounts.privilegedNeverLoggedIn}>
          privileged, never logged in
        </Small>
        <Small view="accounts" filter="password:empty" value={accounts.passwordless} alarming>
          need no password
        </Small>
        <Small view="accounts" filter="hash_strength:weak" value={accounts.weakHashes} alarming>
          weak password hash
        </Small>
        <Small view="accounts" filter="same_password:>0" value={accounts.samePassword} alarming>
          have the password hash of another
        </Small>
      </ul>
    </section>
  )
}

const Keys = ({ overview: { keys, coverage } }: { overview: OverviewBody }) => (
  <section aria-labelledby="keys">
    <h2 id="keys">
      SSH keys{' '}
      <ListLink view="keys" filter="">
        all keys
      </ListLink>
    </h2>
    <ul className={styles['small']}>
      <Small view="keys" filter="role:authorized,authority" value={keys.authorized}>
        open an account
      </Small>
      <Small view="keys" filter="role:authorized,authority" value={keys.distinct}>
        different keys among them
      </Small>
      <Small view="keys" filter="role:authorized,authority opens_root:yes" value={keys.openingRoot}>
        open root
      </Small>
      <Small view="keys" filter="role:authorized,authority places:>1" value={keys.sharedAcrossHosts}>
        open several hosts
      </Small>
      <Small view="keys" filter="role:authorized,authority strength:weak" value={keys.weak} alarming>
        weak
      </Small>
      <Small view="keys" filter="concerns:*" value={keys.withConcerns} alarming>
        with something wrong
      </Small>
      <Small
        view="keys"
        filter="role:private passphrase:no opens_roots:>0"
        value={keys.privateOpeningRoot}
        alarming
        of={[keys.lookedForPrivate, coverage.hosts]}
      >
        private, unprotected, open root somewhere
      </Small>
    </ul>
    <p className={styles['onward']}>
      <Link to="/reach">Who gets by them from where to root where</Link>
    </p>
  </section>
)

/** Secrets that lie about. */
const Stored = ({ overview: { storedCredentials: stored, coverage } }: { overview: OverviewBody }) => (
  <section aria-labelledby="stored">
    <h2 id="stored">
      Stored credentials{' '}
      <ListLink view="stored_credentials" filter="">
        {counted(stored.total, 'place')}
      </ListLink>
    </h2>
    <ul className={styles['small']}>
      <Small
        view="stored_credentials"
        filter="severity:critical"
        value={stored.critical}
        alarming
        of={[stored.lookedAt, coverage.hosts]}
      >
        critical
      </Small>
      <Small view="stored_credentials" filter="value:literal" value={stored.literal}>
        lie in clear
      </Small>
      <Small view="stored_credentials" filter="weaknesses:readable-by-others" value={stored.readableByOthers} alarming>
        everybody on the host may read
      </Small>
      <Small view="stored_credentials" filter="same_secret:>0" value={stored.shared}>
        lie elsewhere too, the very same
      </Small>
      <Small view="stored_credentials" filter="state:excepted" value={stored.excepted}>
        excepted, with a reason
      </Small>
    </ul>
  </section>
)

/** What gives somebody rights who has none by name. */
const Footholds = ({ overview: { files, serviceAccounts, coverage } }: { overview: OverviewBody }) => (
  <section aria-labelledby="footholds">
    <h2 id="footholds">
      Files and services{' '}
      <ListLink view="files" filter="">
        {counted(files.total, 'risky file')}
      </ListLink>
    </h2>
    <ul className={styles['small']}>
      <Small
        view="files"
        filter="open_to:everyone gives_root:yes"
        value={files.givingRootToEveryone}
        alarming
        of={[files.lookedAt, coverage.hosts]}
      >
        give root to everyone on their host
      </Small>
      <Small view="service_accounts" filter="password:empty -login:no" value={serviceAccounts.withoutPassword} alarming>
        accounts of services without a password
      </Small>
      <Small view="service_accounts" filter="superuser:yes" value={serviceAccounts.superusers}>
        superusers of services
      </Small>
    </ul>
  </section>
)

/** Who has directories in hand; left out where none is known. */
const Directories = ({ overview: { directories } }: { overview: OverviewBody }) => {
  const { total, complete, rightsRead } = directories
  if (total === 0) return null
  const whole = [complete, total, 'directory', 'directories'] as const
  return (
    <section aria-labelledby="directories">
      <h2 id="directories">
        Directories{' '}
        <Link to="/directories">
          {counted(total, 'directory', 'directories')}, {count(complete)} read completely
        </Link>
      </h2>
      <InHand
        view="directory_accounts"
        of={directories}
        yes="can take their directory over"
        unmanaged="of them managed by nobody"
      />
      <h3 className={styles['sub']}>What is wrong there</h3>
      <ul className={styles['small']}>
        <Small
          view="directory_accounts"
          filter="privileged:yes -privileged_by:member,built-in"
          value={directories.privilegedByRights}
          alarming
          of={[rightsRead, total, 'directory', 'directories']}
        >
          take it over by more than membership
        </Small>
        <Small
          view="directory_accounts"
          filter="password_scheme:cleartext"
          value={directories.clearPasswords}
          alarming
          of={whole}
        >
          password kept in clear
        </Small>
        <Small
          view="directory_accounts"
          filter="password_strength:weak"
          value={directories.weakPasswords}
          alarming
          of={whole}
        >
          password weakly hashed
        </Small>
        <Small
          view="directory_weaknesses"
          filter="severity:critical,high"
          value={directories.critical + directories.high}
          alarming
          of={whole}
        >
          critical or high weaknesses
        </Small>
      </ul>
    </section>
  )
}

/** Who has all of it in hand, who of them nobody manages, and of whom it is not known: of hosts or of directories. */
const InHand = ({
  view,
  of: { privileged, unmanagedPrivileged, unknownPrivilege },
  yes,
  unmanaged,
}: {
  view: string
  of: Readonly<Record<'privileged' | 'unmanagedPrivileged' | 'unknownPrivilege', number>>
  yes: string
  unmanaged: string
}) => (
  <ul className={styles['big']}>
    <Big view={view} filter="privileged:yes" value={privileged} tone={privileged > 0 ? 'privileged' : undefined}>
      {yes}
    </Big>
    <Big view={view} filter="privileged:yes state:unmanaged" value={unmanagedPrivileged}>
      {unmanaged}
    </Big>
    <Big view={view} filter="privileged:unknown" value={unknownPrivilege} tone="unknown">
      not known
    </Big>
  </ul>
)

interface FigureProps {
  view: string
  filter: string
  value: number
  children: ReactNode
}

const Big = ({
  view,
  filter,
  value,
  tone,
  children,
}: FigureProps & { tone?: 'privileged' | 'unknown' | undefined }) => (
  <li>
    <ListLink view={view} filter={filter} className={styles['figure']}>
      <b data-tone={tone}>
        {tone && <Glyph tone={tone} />}
        {count(value)}
      </b>
      <span>{children}</span>
    </ListLink>
  </li>
)

type Looked = readonly [looked: number, all: number] | readonly [looked: number, all: number, one: string, many: string]

const words = (of: Looked): [one: string, many?: string] => (of.length === 2 ? ['host'] : [of[2], of[3]])

/** `of`: on how many hosts or others it was completely looked for, where that is not all of them. */
const Small = ({
  view,
  filter,
  value,
  alarming = false,
  of,
  children,
}: FigureProps & { alarming?: boolean; of?: Looked }) => (
  <li>
    <ListLink view={view} filter={filter} className={styles['minor']}>
      <b data-tone={alarming && value > 0 ? 'bad' : undefined}>
        {count(value)}
        {alarming && value > 0 && <Glyph tone="bad" />}
      </b>
      <span>{children}</span>
      {of !== undefined && of[0] < of[1] && (
        <small>
          looked for {of.length === 2 ? 'on' : 'in'} {count(of[0])} of {counted(of[1], ...words(of))}
        </small>
      )}
    </ListLink>
  </li>
)
