import type { HostDetail } from '@rollcall/contract/api'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { is } from '../filter/terms.ts'
import { count, counted } from '../format/count.ts'
import { visibleText } from '../format/visible-text.ts'
import { hostQuery } from '../server/queries.ts'
import { buttonLook } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Glyph, Unknown } from '../ui/mark.tsx'
import { Failure, Notice, Skeleton } from '../ui/notice.tsx'
import { Said } from '../ui/said.tsx'
import { When } from '../ui/when.tsx'
import styles from './host-drawer.module.css'
import { Facts, History, Outcomes, Section } from './parts.tsx'

/** Everything about one host: what was read, what it is known by, and why those sightings are one host. */
export const HostDrawer = ({ id, close }: { id: string | undefined; close: () => void }) => {
  const host = useQuery({ ...hostQuery(id ?? ''), enabled: id !== undefined })
  return (
    <Dialog
      shape="drawer"
      open={id !== undefined}
      close={close}
      kicker="Host"
      title={host.data ? <Said>{host.data.name}</Said> : 'Host'}
    >
      {host.data ? (
        <Detail host={host.data} />
      ) : host.isError ? (
        <Failure error={host.error} what="The host could not be read" retry={() => void host.refetch()} />
      ) : (
        <Skeleton lines={14} />
      )}
    </Dialog>
  )
}

const Detail = ({ host }: { host: HostDetail }) => {
  const { signals, counts } = host
  const incomplete = host.outcomes.filter(({ status }) => status !== 'complete').length
  const here = is('host_id', host.id)
  const contradictions = host.evidence.filter(({ contradicts }) => contradicts)
  const figures = [
    ['accounts', '', 'Accounts', counts.accounts],
    ['accounts', 'privileged:yes', 'Privileged', counts.privileged],
    ['accounts', 'privileged:unknown', 'Privilege unknown', counts.unknownPrivilege],
    ['keys', 'role:authorized,authority', 'Keys that open', counts.keys],
    ['keys', 'role:private', 'Private keys', counts.privateKeys],
    ['grants', '', 'Rules', counts.grants],
    ['services', '', 'Services', counts.services],
    ['service_accounts', '', 'Service accounts', counts.serviceAccounts],
    ['files', '', 'Risky files', counts.files],
    ['stored_credentials', '', 'Stored credentials', counts.storedCredentials],
  ] as const
  return (
    <>
      {host.lastGoodScan === null ? (
        <Notice tone="unknown" title="It was never read completely">
          <p>What is listed here is what could be seen so far; more may be there.</p>
        </Notice>
      ) : (
        incomplete > 0 && (
          <Notice
            tone="unknown"
            title={`The last look was not complete: ${incomplete} of ${host.outcomes.length} probes`}
          >
            <p>
              The last complete look was <When at={host.lastGoodScan} />. What is below says what is missing.
            </p>
          </Notice>
        )
      )}
      <ul className={styles['figures']}>
        {figures.map(([view, filter, title, value]) => (
          <li key={title}>
            {view === 'accounts' ? (
              <Link to="/accounts" search={{ filter: `${here} ${filter}`.trim() }}>
                <b>{count(value)}</b>
                <span>{title}</span>
              </Link>
            ) : (
              <Link to="/explore/$view" params={{ view }} search={{ filter: `${here} ${filter}`.trim() }}>
                <b>{count(value)}</b>
                <span>{title}</span>
              </Link>
            )}
          </li>
        ))}
      </ul>
      <p className={styles['reach']}>
        <Link className={buttonLook('quiet')} to="/reach" search={{ to: host.id }}>
          Who becomes root here
        </Link>
        <Link className={buttonLook('quiet')} to="/reach" search={{ from: host.id }}>
          Where root gets from here
        </Link>
      </p>
      <Joined host={host} />
      <Section title="How each probe fared">
        {host.outcomes.length === 0 ? <p>No probe has run on it yet.</p> : <Outcomes outcomes={host.outcomes} />}
      </Section>
      <Section title="Why these sightings are one host">
        {contradictions.length > 0 && (
          <Notice tone="bad" title="Something contradicts it">
            {contradictions.map(({ at, sentence }) => (
              <p key={at + sentence}>
                <Said>{sentence}</Said> (<When at={at} />)
              </p>
            ))}
          </Notice>
        )}
        <ul className={styles['evidence']}>
          {host.evidence
            .filter(({ contradicts }) => !contradicts)
            .map(({ at, sentence }) => (
              <li key={at + sentence}>
                <span className={styles['agrees']}>
                  <Glyph tone="good" />
                  <Said>{sentence}</Said>
                </span>
                <When at={at} />
              </li>
            ))}
        </ul>
        {host.evidence.length === 0 && <p>It was seen under one name only.</p>}
      </Section>
      <Section title="Reached as">
        <ul className={styles['evidence']}>
          {host.targets.map(({ target, firstSeen, lastSeen }) => (
            <li key={target}>
              <code>{visibleText(target)}</code>
              <span>
                <When at={firstSeen} /> to <When at={lastSeen} />
              </span>
            </li>
          ))}
        </ul>
      </Section>
      <Section title="What it says it is">
        <Facts
          rows={[
            [
              'Proven host key',
              signals.provenHostKey ? <Key key="" of={signals.provenHostKey} /> : 'none: it was read locally',
            ],
            [
              'Host keys in files',
              signals.hostKeys.length === 0 ? (
                <Unknown key="" />
              ) : (
                <ul key="">
                  {signals.hostKeys.map((key) => (
                    <li key={key.fingerprint}>
                      <Key of={key} />
                    </li>
                  ))}
                </ul>
              ),
            ],
            ['Machine id', <Text key="" of={signals.machineId} />],
            ['DMI UUID', <Text key="" of={signals.dmiUuid} />],
            ['Hostname', <Text key="" of={signals.fqdn ?? signals.hostname} />],
            ['System', <Text key="" of={signals.os.name} />],
            ['Kernel', <Text key="" of={signals.os.kernel} />],
            [
              'Addresses',
              signals.addresses.length === 0 ? (
                <Unknown key="" />
              ) : (
                signals.addresses.map((address) => visibleText(address)).join(', ')
              ),
            ],
            [
              'MAC addresses',
              signals.macs.length === 0 ? <Unknown key="" /> : signals.macs.map((mac) => visibleText(mac)).join(', '),
            ],
            ['First seen', <When key="" at={host.firstSeen} />],
            ['Last seen', <When key="" at={host.lastSeen} />],
            ['Last complete look', host.lastGoodScan === null ? 'never' : <When key="" at={host.lastGoodScan} />],
          ]}
        />
      </Section>
      <Section title="History">
        <History changes={host.history} />
      </Section>
    </>
  )
}

/** The directories that it takes accounts from, or that know it. */
const Joined = ({ host }: { host: HostDetail }) => {
  const { directories = [], counts } = host
  const accounts = counts.fromDirectories ?? 0
  if (directories.length === 0 && accounts === 0) return null
  return (
    <Section title="Joined to">
      <ul className={styles['evidence']}>
        {directories.map(({ directory, realm, computer, sentence }) => (
          <li key={`${directory?.id} ${realm}`}>
            <span>
              {directory === null ? (
                <>
                  <Said>{realm ?? ''}</Said>, which was not read as a directory.
                </>
              ) : (
                <Link to="/directories/$directory" params={{ directory: directory.id }}>
                  <Said>{directory.name}</Said>
                </Link>
              )}
              {computer !== null && (
                <>
                  {' '}
                  as{' '}
                  <Link to="/explore/$view" params={{ view: 'directory_accounts' }} search={{ open: computer.id }}>
                    <Said>{computer.name}</Said>
                  </Link>
                </>
              )}
              {directory === null ? ' ' : '. '}
              <Said>{sentence}</Said>
            </span>
          </li>
        ))}
      </ul>
      {accounts > 0 && (
        <p>
          <Link to="/accounts" search={{ filter: `${is('host_id', host.id)} -source:files` }}>
            {counted(accounts, 'account')}
          </Link>{' '}
          of it {accounts === 1 ? 'is' : 'are'} not in its own files.
        </p>
      )}
    </Section>
  )
}

const Key = ({ of: { algorithm, fingerprint } }: { of: { algorithm: string; fingerprint: string } }) => (
  <>
    <Said>{algorithm}</Said> <code>{visibleText(fingerprint)}</code>
  </>
)

const Text = ({ of }: { of: string | undefined }) => (of === undefined ? <Unknown /> : <Said>{of}</Said>)
