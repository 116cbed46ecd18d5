import type { FindingOf } from '@rollcall/contract'
import type { AccountDetail } from '@rollcall/contract/api'
import { Link } from '@tanstack/react-router'
import { Fragment } from 'react'
import { is } from '../../filter/terms.ts'
import { count } from '../../format/count.ts'
import { visibleText } from '../../format/visible-text.ts'
import { fileRole, wordName } from '../../format/words.ts'
import { Mark } from '../../ui/mark.tsx'
import { Said } from '../../ui/said.tsx'
import styles from '../account-drawer.module.css'
import { PlaceName, Section } from '../parts.tsx'

/** What runs as it. */
export const Services = ({ services, account }: { services: readonly FindingOf<'usage'>[]; account: AccountDetail }) =>
  services.length > 0 && (
    <Section title={`What runs as it (${services.length})`}>
      <ul className={styles['keys']}>
        {services.slice(0, LISTED).map((service) => (
          <Service key={service.consumer + String(service.name) + service.place.path} service={service} />
        ))}
      </ul>
      {services.length > LISTED && <More view="services" account={account} number={services.length - LISTED} />}
    </Section>
  )

/** Files by which one gets to it. */
export const Files = ({ files, account }: { files: readonly FindingOf<'file'>[]; account: AccountDetail }) =>
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
