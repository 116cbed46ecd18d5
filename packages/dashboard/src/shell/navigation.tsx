import type { ViewDescription } from '@rollcall/contract/api'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState, type ReactNode } from 'react'
import { count } from '../format/count.ts'
import { scansQuery, viewsQuery } from '../server/queries.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Icon, TallyMark, type IconName } from '../ui/icon.tsx'
import styles from './navigation.module.css'

/** Views with a page of their own, or that belong to one; all others are listed under Explore as the server names them. */
const PLACED = new Set(['accounts', 'hosts', 'directories', 'directory_members', 'scan_targets', 'trust'])
/** The order in which they are listed; others come after them. */
const ORDER = [
  'stored_credentials',
  'keys',
  'grants',
  'services',
  'service_accounts',
  'files',
  'directory_accounts',
  'directory_groups',
  'directory_rights',
  'directory_weaknesses',
  'outcomes',
  'changes',
]
const ICONS: Readonly<Record<string, IconName>> = {
  stored_credentials: 'credential',
  keys: 'keys',
  grants: 'grants',
  services: 'services',
  service_accounts: 'database',
  files: 'files',
  directory_accounts: 'accounts',
  directory_groups: 'directories',
  directory_rights: 'grants',
  directory_weaknesses: 'weakness',
  outcomes: 'outcomes',
  changes: 'changes',
}

const exploredViews = (views: readonly ViewDescription[]) =>
  views.filter(({ id }) => !PLACED.has(id)).toSorted((one, other) => placeOf(one.id) - placeOf(other.id))

const placeOf = (id: string) => (ORDER.includes(id) ? ORDER.indexOf(id) : ORDER.length)

export const Navigation = ({ askHelp, account }: { askHelp: () => void; account: ReactNode }) => (
  <nav className={styles['spine']} aria-label="Main">
    <Link to="/" className={styles['brand']} aria-label="Rollcall, overview">
      <TallyMark />
      <span>Rollcall</span>
    </Link>
    <Items />
    <div className={styles['foot']}>
      <RunningScan />
      <button type="button" className={styles['item']} onClick={askHelp}>
        <Icon name="help" /> Keys and filters
      </button>
      {account}
    </div>
  </nav>
)

const Items = ({ chosen }: { chosen?: () => void }) => {
  const views = useQuery(viewsQuery)
  return (
    <>
      <ul>
        <Item icon="overview" to="/" chosen={chosen}>
          Overview
        </Item>
        <Item icon="accounts" to="/accounts" chosen={chosen}>
          Accounts
        </Item>
        <Item icon="hosts" to="/hosts" chosen={chosen}>
          Hosts
        </Item>
        <Item icon="directories" to="/directories" chosen={chosen}>
          Directories
        </Item>
        <Item icon="reach" to="/reach" chosen={chosen}>
          Reach
        </Item>
      </ul>
      <p className={styles['group']} id="nav-explore">
        Explore
      </p>
      <ul aria-labelledby="nav-explore" className={styles['explored']}>
        {exploredViews(views.data ?? []).map(({ id, title }) => (
          <li key={id}>
            <Link to="/explore/$view" params={{ view: id }} className={styles['item']} onClick={chosen}>
              <Icon name={ICONS[id] ?? 'view'} /> {title}
            </Link>
          </li>
        ))}
      </ul>
      <p className={styles['group']} id="nav-operate">
        Operate
      </p>
      <ul aria-labelledby="nav-operate">
        <Item icon="scans" to="/scans" chosen={chosen}>
          Scans
        </Item>
        <Item icon="schedules" to="/schedules" chosen={chosen}>
          Schedules
        </Item>
        <Item icon="targets" to="/targets" chosen={chosen}>
          Targets
        </Item>
        <Item icon="agents" to="/agents" chosen={chosen}>
          Agents
        </Item>
        <Item icon="trust" to="/trust" chosen={chosen}>
          Trust
        </Item>
        <Item icon="settings" to="/settings" chosen={chosen}>
          Settings
        </Item>
      </ul>
    </>
  )
}

interface ItemProps {
  icon: IconName
  to:
    | '/'
    | '/accounts'
    | '/hosts'
    | '/directories'
    | '/reach'
    | '/scans'
    | '/schedules'
    | '/targets'
    | '/agents'
    | '/trust'
    | '/settings'
  chosen?: (() => void) | undefined
  children: ReactNode
}

const Item = ({ icon, to, chosen, children }: ItemProps) => (
  <li>
    <Link
      to={to}
      className={styles['item']}
      activeOptions={{ exact: to === '/', includeSearch: false }}
      onClick={chosen}
    >
      <Icon name={icon} /> {children}
    </Link>
  </li>
)

/** What is being scanned right now, wherever one looks. */
const RunningScan = () => {
  const { data: scans = [] } = useQuery(scansQuery)
  const scan = scans.find(({ state }) => state === 'running')
  if (scan === undefined) return null
  const done = scan.complete + scan.partial + scan.failed
  return (
    <Link to="/scans/$scan" params={{ scan: scan.id }} className={styles['running']}>
      <span>Scanning</span>
      <span>
        {count(done)} of {count(scan.planned)}
      </span>
      <span className={styles['bar']} aria-hidden="true">
        <span style={{ width: `${(100 * done) / Math.max(1, scan.planned)}%` }} />
      </span>
    </Link>
  )
}

/** The same on a narrow screen: the four places people go to, and all others behind one more. */
export const BottomBar = ({ askHelp, account }: { askHelp: () => void; account: ReactNode }) => {
  const [open, setOpen] = useState(false)
  const close = () => setOpen(false)
  return (
    <nav className={styles['bottom']} aria-label="Main">
      {(
        [
          ['/', 'overview', 'Overview'],
          ['/accounts', 'accounts', 'Accounts'],
          ['/hosts', 'hosts', 'Hosts'],
          ['/scans', 'scans', 'Scans'],
        ] as const
      ).map(([to, icon, title]) => (
        <Link key={to} to={to} activeOptions={{ exact: to === '/', includeSearch: false }}>
          <Icon name={icon} size={20} />
          {title}
        </Link>
      ))}
      <button type="button" onClick={() => setOpen(true)} aria-haspopup="dialog">
        <Icon name="more" size={20} />
        More
      </button>
      <Dialog title="Rollcall" open={open} close={close}>
        <div className={styles['sheet']}>
          <Items chosen={close} />
          <button
            type="button"
            className={styles['item']}
            onClick={() => {
              close()
              askHelp()
            }}
          >
            <Icon name="help" /> Keys and filters
          </button>
          {account}
        </div>
      </Dialog>
    </nav>
  )
}
