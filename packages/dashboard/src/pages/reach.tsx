import type { ReachAnswer, ReachSummary, ViewPage } from '@rollcall/contract/api'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link, useSearch } from '@tanstack/react-router'
import { useDeferredValue, useState, type ReactNode } from 'react'
import { count, counted } from '../format/count.ts'
import { visibleText } from '../format/visible-text.ts'
import { NodeName, Way } from '../reach/chain.tsx'
import { Drawing } from '../reach/drawing.tsx'
import { reachSearch, type ReachSearch } from '../search.ts'
import { foundQuery, reachQuery, reachSummaryQuery } from '../server/queries.ts'
import { Page } from '../shell/page.tsx'
import { buttonLook } from '../ui/button.tsx'
import { Field } from '../ui/field.tsx'
import { Glyph } from '../ui/mark.tsx'
import { Empty, Failure, Notice, Skeleton } from '../ui/notice.tsx'
import { Said } from '../ui/said.tsx'
import { When } from '../ui/when.tsx'
import { ListLink } from './list-link.tsx'
import styles from './reach.module.css'

/** Who gets from where to root where: ways over private keys that lie about, and onward as root. */
export const Reach = () => {
  const search = reachSearch(useSearch({ strict: false }))
  const asked = search.from ?? search.to
  return (
    <Page
      title="Reach"
      lead="Who gets where by private keys that lie about, and onward as root there."
      actions={
        asked !== undefined && (
          <Link to="/reach" className={buttonLook('quiet')}>
            Ask about another
          </Link>
        )
      }
    >
      {asked === undefined ? <Summary /> : <Answer key={asked} search={search} asked={asked} />}
    </Page>
  )
}

const Answer = ({ search, asked }: { search: ReachSearch; asked: string }) => {
  const direction = search.from === undefined ? 'to' : 'from'
  const answer = useQuery({
    ...reachQuery({ [direction]: asked, ends: search.ends ?? 'all', limit: '100' }),
    placeholderData: keepPreviousData,
  })
  if (answer.data === undefined) {
    return answer.isError ? (
      <Failure error={answer.error} what="The ways could not be found" retry={() => void answer.refetch()} />
    ) : (
      <Skeleton lines={12} height={26} />
    )
  }
  const { data } = answer
  return (
    <>
      <section className={styles['verdict']} aria-labelledby="reach-of">
        <h2 id="reach-of">
          {direction === 'from' ? 'From' : 'To'} <NodeName node={data.node} />
        </h2>
        <p className={styles['totals']}>
          <Totals answer={data} />
        </p>
        <nav className={styles['choices']} aria-label="What is asked">
          {data.node.type !== 'key' && (
            <>
              <Choice to={{ from: asked, ...kept(search) }}>What it reaches</Choice>
              <Choice to={{ to: asked, ...kept(search) }}>Who reaches it</Choice>
              <i aria-hidden="true" />
            </>
          )}
          <Choice to={{ [direction]: asked }}>Everywhere</Choice>
          <Choice to={{ [direction]: asked, ends: 'root' }}>
            {direction === 'from' ? 'Root only' : 'As root only'}
          </Choice>
        </nav>
      </section>
      <Coverage coverage={data.coverage} />
      {data.ends.length === 0 ? (
        <Empty title={direction === 'from' ? 'Nothing is reached' : 'Nobody reaches it'}>
          <p>No private key that was seen leads {direction === 'from' ? 'from here anywhere' : 'here'}.</p>
        </Empty>
      ) : (
        <>
          <Drawing answer={data} />
          <ol className={styles['ways']} aria-label="Ways, the easiest first">
            {told(data.ends).map((end) => (
              <li key={`${JSON.stringify(end.node)}${end.limited}`}>
                <Way end={end} />
              </li>
            ))}
          </ol>
          {data.left > 0 && <p className={styles['quiet']}>{counted(data.left, 'further way')} not shown.</p>}
        </>
      )}
      <p className={styles['quiet']}>
        As of <When at={data.at} />.
      </p>
    </>
  )
}

/** An account that one enters on the way to root on its host, as easily, is told with that. */
const told = (ends: ReachAnswer['ends']): ReachAnswer['ends'] => {
  const onTheWay = new Set(
    ends.flatMap(({ node, path, conditions }) => {
      const last = path.at(-1)
      return node.type === 'root' && last?.type === 'becomes-root' && last.from.type === 'account'
        ? [`${last.from.id} ${conditions}`]
        : []
    }),
  )
  return ends.filter(
    ({ node, conditions, limited }) => limited || node.type !== 'account' || !onTheWay.has(`${node.id} ${conditions}`),
  )
}

const kept = ({ ends }: ReachSearch) => (ends === undefined ? {} : { ends })

const Choice = ({ to, children }: { to: ReachSearch; children: ReactNode }) => (
  <Link to="/reach" search={to} activeOptions={{ exact: true, includeSearch: true }} className={styles['choice']}>
    {children}
  </Link>
)

const Totals = ({ answer: { direction, totals } }: { answer: ReachAnswer }) => {
  if (direction === 'to') {
    return (
      <>
        <b>{counted(totals.accounts, 'account')}</b> on {counted(totals.hosts, 'host')}{' '}
        {totals.accounts === 1 ? 'gets' : 'get'} here.
      </>
    )
  }
  return (
    <>
      It gets to <b>{counted(totals.hosts, 'host')}</b>, and becomes root on{' '}
      <b className={styles['root']}>
        {totals.roots > 0 && <Glyph tone="privileged" />} {count(totals.roots)}
      </b>
      {totals.roots === 0
        ? ' of them.'
        : totals.rootsFreely === totals.roots
          ? ' of them, without anything else.'
          : totals.rootsFreely === 0
            ? ' of them, always under some condition.'
            : ` of them: on ${count(totals.rootsFreely)} without anything else.`}
      {totals.limited > 0 && ` ${counted(totals.limited, 'account')} more for one command only.`}
    </>
  )
}

const Coverage = ({ coverage }: { coverage: ReachAnswer['coverage'] }) =>
  coverage.complete < coverage.hosts && (
    <Notice tone="unknown" title={visibleText(coverage.sentence)}>
      <p>
        <ListLink view="outcomes" filter="probe:private-keys -status:complete">
          Hosts that were not, and why
        </ListLink>
      </p>
    </Notice>
  )

const Summary = () => {
  const summary = useQuery(reachSummaryQuery)
  return (
    <>
      <Finder />
      {summary.data === undefined ? (
        summary.isError ? (
          <Failure error={summary.error} what="The summary could not be read" retry={() => void summary.refetch()} />
        ) : (
          <Skeleton lines={10} height={26} />
        )
      ) : (
        <Told summary={summary.data} />
      )}
    </>
  )
}

/** Finds an account, host or key to ask about. */
const Finder = () => {
  const [typed, setTyped] = useState('')
  const text = useDeferredValue(typed.trim())
  const quoted = `"${text.replaceAll(/(["\\])/g, '\\$1')}"`
  const pattern = /^[\w.-]+$/.test(text) ? `*${text}*` : quoted
  const isKey = text.startsWith('SHA256:')
  const enabled = text.length > 1
  const accounts = useQuery({ ...foundQuery('accounts', `account:${pattern}`), enabled: enabled && !isKey })
  const hosts = useQuery({ ...foundQuery('hosts', `host:${pattern}`), enabled: enabled && !isKey })
  const keys = useQuery({ ...foundQuery('keys', `fingerprint:${quoted}`), enabled: enabled && isKey })
  const found = [
    ...rowsOf('host', hosts.data),
    ...rowsOf('account', accounts.data),
    ...rowsOf('key', keys.data).slice(0, 1),
  ]
  return (
    <section className={styles['finder']} aria-label="Ask about one">
      <Field
        label="An account, a host or a key"
        hint="A name or a part of it, or a fingerprint that begins with SHA256:"
        value={typed}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => setTyped(event.target.value)}
      />
      <div aria-live="polite">
        {enabled && found.length === 0 && !accounts.isFetching && !hosts.isFetching && !keys.isFetching && (
          <p className={styles['quiet']}>Nothing of that name is known.</p>
        )}
      </div>
      {enabled && found.length > 0 && (
        <ul className={styles['found']}>
          {found.map(({ kind, id, name, on }) => (
            <li key={kind + id}>
              <span className={styles['what']}>
                <span className={styles['quiet']}>{kind}</span> <Said>{name}</Said>
                {on !== undefined && (
                  <span className={styles['quiet']}>
                    {' '}
                    on <Said>{on}</Said>
                  </span>
                )}
              </span>
              <Link to="/reach" search={{ from: id }}>
                what it reaches
              </Link>
              {kind !== 'key' && (
                <Link to="/reach" search={{ to: id }}>
                  who reaches it
                </Link>
              )}
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

const rowsOf = (kind: 'account' | 'host' | 'key', page: ViewPage | undefined) =>
  (page?.rows ?? []).map((row) => {
    const name = String(kind === 'key' ? row['fingerprint'] : row[kind])
    return {
      kind,
      id: kind === 'key' ? name : String(row['id']),
      name,
      on: kind === 'account' ? String(row['host']) : undefined,
    }
  })

const Told = ({ summary }: { summary: ReachSummary }) => {
  const most = Math.max(1, ...summary.movers.map(({ roots }) => roots))
  return (
    <>
      <Coverage coverage={summary.coverage} />
      <div className={styles['two']}>
        <section aria-labelledby="movers">
          <h2 id="movers">From where the most hosts fall</h2>
          {summary.movers.length === 0 ? (
            <p className={styles['quiet']}>No private key that was seen opens root anywhere.</p>
          ) : (
            <ol className={styles['movers']}>
              {summary.movers.slice(0, 12).map(({ node, roots, rootsFreely }) => (
                <li key={JSON.stringify(node)}>
                  <span className={styles['who']}>
                    <NodeName node={node} />
                  </span>
                  <Link
                    to="/reach"
                    search={{
                      from: node.type === 'key' ? node.fingerprint : node.type === 'root' ? node.host.id : node.id,
                    }}
                    className={styles['roots']}
                    aria-label={`root on ${counted(roots, 'host')}, on ${count(rootsFreely)} of them without anything else`}
                  >
                    <b>{count(roots)}</b>
                    <span className={styles['bar']} aria-hidden="true">
                      <i style={{ width: `${(100 * rootsFreely) / most}%` }} />
                      <i data-look="if" style={{ width: `${(100 * (roots - rootsFreely)) / most}%` }} />
                    </span>
                  </Link>
                </li>
              ))}
            </ol>
          )}
          <p className={styles['legend']}>
            <i aria-hidden="true" /> hosts as root, <i data-look="if" aria-hidden="true" /> under some condition
            {!summary.moversComplete && '. Not all accounts and keys were tried.'}
          </p>
        </section>
        <section aria-labelledby="orphans">
          <h2 id="orphans">Keys of which one half was seen</h2>
          <ul className={styles['orphans']}>
            {summary.orphans.map(({ code, sentence, places, filter }) => (
              <li key={code}>
                <ListLink view="keys" filter={filter} className={styles['orphan']}>
                  <b>{count(places)}</b>
                  <span>{visibleText(sentence)}</span>
                </ListLink>
              </li>
            ))}
          </ul>
          <p className={styles['quiet']}>
            <ListLink view="keys" filter="role:private">
              {counted(summary.privateKeys, 'private key')}
            </ListLink>{' '}
            seen, of which {count(summary.privateKeysThatOpen)} open something that is known. As of{' '}
            <When at={summary.at} />.
          </p>
        </section>
      </div>
    </>
  )
}
