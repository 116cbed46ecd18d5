import type { DirectoryDetail } from '@rollcall/contract/api'
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { Facts, History, Outcomes } from '../drawers/parts.tsx'
import { is } from '../filter/terms.ts'
import { count, counted } from '../format/count.ts'
import { toneOf } from '../format/tone.ts'
import { visibleText } from '../format/visible-text.ts'
import { makeName } from '../format/words.ts'
import { ListLink } from '../pages/list-link.tsx'
import { directoryQuery } from '../server/queries.ts'
import { Page } from '../shell/page.tsx'
import { Glyph, Mark, Unknown } from '../ui/mark.tsx'
import { Failure, Notice, Skeleton } from '../ui/notice.tsx'
import { Said } from '../ui/said.tsx'
import { When } from '../ui/when.tsx'
import styles from './directories.module.css'
import { EntryLink, PathBody } from './parts.tsx'

/** One directory: how much of it could be read, who can take it over and how, and what is wrong in it. */
export const DirectoryPage = () => {
  const { directory: id = '' } = useParams({ strict: false })
  const directory = useQuery(directoryQuery(id))
  const { data } = directory
  if (data === undefined)
    return (
      <Page title="Directory">
        {directory.isError ? (
          <Failure
            error={directory.error}
            what="The directory could not be read"
            retry={() => void directory.refetch()}
          />
        ) : (
          <Skeleton lines={16} height={26} />
        )}
      </Page>
    )
  return (
    <Page
      title={visibleText(data.name)}
      lead={
        <>
          {makeName(data.signals.make)}
          {data.signals.version !== undefined && (
            <>
              {' '}
              · <Said>{data.signals.version}</Said>
            </>
          )}{' '}
          · last seen <When at={data.lastSeen} /> · <Link to="/directories">all directories</Link>
        </>
      }
    >
      <Coverage directory={data} />
      <Figures directory={data} />
      <div className={styles['two']}>
        <div>
          <TakenOver directory={data} />
        </div>
        <div>
          <Weaknesses directory={data} />
          <section aria-labelledby="scopes">
            <h2 id="scopes">How each part was read</h2>
            {data.outcomes.length === 0 ? (
              <p>Nothing of it has been read yet.</p>
            ) : (
              <Outcomes outcomes={data.outcomes} />
            )}
          </section>
          <section aria-labelledby="is">
            <h2 id="is">What it is</h2>
            <About directory={data} />
          </section>
          <section aria-labelledby="lately">
            <h2 id="lately">Lately</h2>
            <History changes={data.history} />
          </section>
        </div>
      </div>
    </Page>
  )
}

const Coverage = ({ directory: { outcomes, lastGoodScan } }: { directory: DirectoryDetail }) => {
  const incomplete = outcomes.filter(({ status }) => status !== 'complete').length
  if (incomplete === 0 && lastGoodScan !== null)
    return (
      <p className={styles['whole']}>
        <Glyph tone="good" /> Everything that was asked for could be read.
      </p>
    )
  return (
    <Notice
      tone="unknown"
      title={
        incomplete === 0
          ? 'It was never read completely'
          : `${incomplete} of ${counted(outcomes.length, 'part')} could not be read completely`
      }
    >
      <p>
        What is listed here is what could be seen; more may be there. “How each part was read” says what is missing and
        what the scan account would need.
      </p>
    </Notice>
  )
}

const Figures = ({ directory: { id, counts } }: { directory: DirectoryDetail }) => {
  const here = is('directory_id', id)
  const host = is('host_id', id)
  const figures = [
    ['directory_accounts', `${here} privileged:yes`, 'Take it over', counts.privileged],
    ['directory_accounts', `${here} privileged:unknown`, 'Unknown whether', counts.unknownPrivilege],
    ['directory_accounts', `${here} type:user`, 'Users', counts.users],
    ['directory_accounts', `${here} type:computer`, 'Computers', counts.computers],
    ['directory_accounts', `${here} type:managed-service`, 'Managed services', counts.managedServices],
    ['directory_groups', here, 'Groups and roles', counts.groups],
    ['directory_rights', here, 'Rights', counts.rights],
    ['keys', host, 'SSH keys', counts.keys],
    ['grants', host, 'Sudo rules', counts.grants],
    ['stored_credentials', host, 'Passwords in attributes', counts.storedCredentials],
  ] as const
  return (
    <ul className={styles['figures']}>
      {figures.map(([view, filter, title, value]) => (
        <li key={title}>
          <ListLink view={view} filter={filter}>
            <b>{count(value)}</b>
            <span>{title}</span>
          </ListLink>
        </li>
      ))}
    </ul>
  )
}

const TakenOver = ({ directory }: { directory: DirectoryDetail }) => {
  const { topPaths, outside, unknownBecause, id, counts } = directory
  return (
    <section aria-labelledby="over">
      <h2 id="over">
        Who can take it over{' '}
        <ListLink view="directory_accounts" filter={`${is('directory_id', id)} privileged:yes`}>
          all {count(counts.privileged)}
        </ListLink>
      </h2>
      {counts.unmanagedPrivileged > 0 && (
        <p className={styles['lead']}>
          Nobody manages{' '}
          <ListLink view="directory_accounts" filter={`${is('directory_id', id)} privileged:yes state:unmanaged`}>
            {count(counts.unmanagedPrivileged)}
          </ListLink>{' '}
          of these accounts.
        </p>
      )}
      {topPaths.length === 0 && outside.length === 0 && (
        <p className={styles['aside']}>
          {unknownBecause.length > 0 ? 'Nobody is known to; see below what could not be read.' : 'Nobody was found.'}
        </p>
      )}
      <ol className={styles['paths']}>
        {topPaths.map(({ id: entry, kind, name, path }) => (
          <li key={entry} className={styles['path']} data-effect={path.effect}>
            <p>
              <EntryLink id={entry} type={kind === 'account' ? 'user' : 'group'}>
                <b>
                  <Said>{name}</Said>
                </b>
              </EntryLink>{' '}
              <span className={styles['aside']}>{kind}</span>
            </p>
            <PathBody path={path} />
          </li>
        ))}
        {outside.map(({ name, path }) => (
          <li key={name + path.sentence} className={styles['path']} data-effect={path.effect}>
            <p>
              <b>
                <Said>{name}</Said>
              </b>{' '}
              <Mark tone="bad">not of this directory, or everybody</Mark>
            </p>
            <PathBody path={path} />
          </li>
        ))}
      </ol>
      {unknownBecause.length > 0 && (
        <>
          <h3>Why it is not known of everybody</h3>
          <ul className={styles['because']}>
            {unknownBecause.map((reason) => (
              <li key={reason}>
                <Said>{reason}</Said>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  )
}

const Weaknesses = ({ directory: { weaknesses } }: { directory: DirectoryDetail }) => (
  <section aria-labelledby="wrong">
    <h2 id="wrong">What is wrong</h2>
    {weaknesses.length === 0 ? (
      <p className={styles['aside']}>Nothing was found in what could be read.</p>
    ) : (
      <ul className={styles['wrong']}>
        {weaknesses.map(({ code, severity, sentence, count: number, filter }) => (
          <li key={code + severity}>
            <Mark tone={toneOf('severity', severity)}>{severity}</Mark>
            <span>
              <ListLink view="directory_weaknesses" filter={filter}>
                <b>{code.replaceAll('-', ' ')}</b>
              </ListLink>
              <span className={styles['why']}>{sentence}</span>
            </span>
            <ListLink view="directory_weaknesses" filter={filter} className={styles['number']}>
              {count(number)}
            </ListLink>
          </li>
        ))}
      </ul>
    )}
  </section>
)

const About = ({ directory }: { directory: DirectoryDetail }) => {
  const { signals, targets, evidence } = directory
  return (
    <>
      {evidence.some(({ contradicts }) => contradicts) && (
        <Notice tone="bad" title="Something contradicts that it is one directory">
          {evidence
            .filter(({ contradicts }) => contradicts)
            .map(({ at, sentence }) => (
              <p key={at + sentence}>
                <Said>{sentence}</Said> (<When at={at} />)
              </p>
            ))}
        </Notice>
      )}
      <Facts
        rows={[
          ['Suffix', <code key="">{visibleText(signals.suffix)}</code>],
          signals.domain !== undefined && ['Domain', <Said key="">{signals.domain}</Said>],
          signals.flatName !== undefined && ['Short name', <Said key="">{signals.flatName}</Said>],
          ['Known by', signals.id === undefined ? <Unknown key="" /> : <code key="">{visibleText(signals.id)}</code>],
          ['Read as', signals.identity === undefined ? 'nobody: anonymously' : <Said key="">{signals.identity}</Said>],
          [
            'Certificate',
            signals.certificate === undefined ? (
              <Unknown key="" />
            ) : (
              <code key="">{visibleText(signals.certificate)}</code>
            ),
          ],
          [
            'Reached as',
            <ul key="">
              {targets.map(({ target, lastSeen }) => (
                <li key={target}>
                  <code>{visibleText(target)}</code> <When at={lastSeen} />
                </li>
              ))}
            </ul>,
          ],
          ['First seen', <When key="" at={directory.firstSeen} />],
          [
            'Last complete look',
            directory.lastGoodScan === null ? 'never' : <When key="" at={directory.lastGoodScan} />,
          ],
        ]}
      />
    </>
  )
}
