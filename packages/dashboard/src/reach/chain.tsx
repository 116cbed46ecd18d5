import type { ReachAnswer, ReachNode, ReachStep } from '@rollcall/contract/api'
import { Link } from '@tanstack/react-router'
import { Fragment } from 'react'
import { PlaceName } from '../drawers/parts.tsx'
import { counted } from '../format/count.ts'
import { visibleText } from '../format/visible-text.ts'
import { Glyph, Mark } from '../ui/mark.tsx'
import { Said } from '../ui/said.tsx'
import styles from './chain.module.css'

type End = ReachAnswer['ends'][number]

/** One way, from where it starts to where it gets: its stops in a line, and each step with its file and line below. */
export const Way = ({ end, open = false }: { end: End; open?: boolean }) => (
  <article className={styles['way']}>
    <Chain path={end.path} />
    <p className={styles['takes']}>
      {end.limited && <Mark tone="plain">one command only</Mark>}
      {end.conditions === 0 ? (
        <span>{counted(end.steps, 'step')}, nothing else needed</span>
      ) : (
        <>
          <span>{counted(end.steps, 'step')}</span>
          {[...new Set(end.path.flatMap(({ conditions }) => conditions.map(({ code }) => code)))].map((code) => (
            <Mark key={code} tone="unknown">
              {CONDITIONS[code]}
            </Mark>
          ))}
        </>
      )}
    </p>
    <details className={styles['more']} open={open}>
      <summary>Each step, with file and line</summary>
      <ol className={styles['steps']}>
        {end.path.map((step, index) => (
          // eslint-disable-next-line react/no-array-index-key -- steps have no identity
          <Step key={index} step={step} />
        ))}
      </ol>
    </details>
  </article>
)

const CONDITIONS: Record<ReachStep['conditions'][number]['code'], string> = {
  passphrase: 'needs a passphrase',
  'passphrase-unknown': 'may need a passphrase',
  'other-address': 'from other addresses only',
  'root-password': 'needs a password',
  'login-unknown': 'login not certain',
}

/** The stops of a way in a line. */
const Chain = ({ path }: { path: readonly ReachStep[] }) => {
  const [first] = path
  if (first === undefined) return null
  return (
    <ol className={styles['chain']}>
      <li>
        <Stop node={first.from} />
      </li>
      {stopsOf(path).map(({ to, verb, conditional }, index) => (
        // eslint-disable-next-line react/no-array-index-key -- steps have no identity
        <li key={index} data-open={conditional ? 'if' : 'yes'}>
          <span className={styles['arrow']} aria-hidden="true" />
          <span className="visually-hidden">{verb}</span>
          <Stop node={to} />
        </li>
      ))}
    </ol>
  )
}

/** Whoever enters the account that is root already is there: that it is root is no stop of its own. */
const stopsOf = (path: readonly ReachStep[]) =>
  path.flatMap((step, index) => {
    const next = path[index + 1]
    const isRoot = step.to.type === 'account' && step.to.name === 'root' && next?.type === 'becomes-root'
    if (isRoot && next.conditions.length === 0) return []
    const before = path[index - 1]
    const skipped = step.type === 'becomes-root' && before?.to.type === 'account' && before.to.name === 'root'
    const conditions = skipped && step.conditions.length === 0 ? (before?.conditions ?? []) : step.conditions
    return [{ to: step.to, verb: VERBS[step.type], conditional: conditions.length > 0 }]
  })

const VERBS = { 'reads-key': 'reads ', 'opens-account': 'which opens ', 'becomes-root': 'and becomes ' } as const

const Stop = ({ node }: { node: ReachNode }) => (
  <span className={styles['stop']} data-type={node.type}>
    <NodeName node={node} />
  </span>
)

/** A place in the graph, with the link to what is known of it. */
export const NodeName = ({ node }: { node: ReachNode }) => {
  if (node.type === 'key') {
    return (
      <Link
        to="/explore/$view"
        params={{ view: 'keys' }}
        search={{ filter: `fingerprint:"${node.fingerprint}"` }}
        title={node.fingerprint}
      >
        key <code>{visibleText(node.fingerprint.replace(/^SHA256:/, '').slice(0, 8))}…</code>
      </Link>
    )
  }
  return (
    <Fragment>
      {node.type === 'root' ? (
        <Link to="/hosts" search={{ open: node.host.id }} className={styles['root']}>
          <Glyph tone="privileged" /> root
        </Link>
      ) : (
        <Link to="/accounts" search={{ open: node.id }}>
          <Said>{node.name}</Said>
        </Link>
      )}{' '}
      <span className={styles['on']}>
        on <Said>{node.host.name}</Said>
      </span>
    </Fragment>
  )
}

const Step = ({ step: { sentence, place, conditions, evidence } }: { step: ReachStep }) => (
  <li>
    <p>
      <Said>{sentence}</Said> {place && <PlaceName place={place} />}
    </p>
    {conditions.map(({ code, sentence: condition }) => (
      <p key={code} className={styles['condition']}>
        <Glyph tone="unknown" /> But {visibleText(condition)}.
      </p>
    ))}
    {evidence.map(({ sentence: said, place: at }) => (
      <p key={said} className={styles['evidence']}>
        <Said>{said}</Said> {at && <PlaceName place={at} />}
      </p>
    ))}
  </li>
)
