/* eslint-disable jsx-a11y/no-noninteractive-tabindex, jsx-a11y/prefer-tag-over-role -- what scrolls must be reachable by keyboard; a drawing is no file */
import type { ReachAnswer } from '@rollcall/contract/api'
import { counted } from '../format/count.ts'
import { visibleText } from '../format/visible-text.ts'
import styles from './drawing.module.css'
import { drawingOf, type Station } from './layers.ts'

const WIDE = 178
const HIGH = 48
const ACROSS = 92
const DOWN = 22
const EDGE = 8

/** The ways as a drawing: hosts from left to right by how many keys away they are. Everything in it is said in the list too. */
export const Drawing = ({ answer }: { answer: ReachAnswer }) => {
  const first = answer.ends[0]?.path[0]?.from
  const drawing = drawingOf(answer.ends, answer.direction === 'from' ? answer.node : (first ?? answer.node))
  if (drawing.tracks.length === 0) return null
  const { stations, tracks, layers, tallest, left } = drawing
  const width = 2 * EDGE + layers * WIDE + (layers - 1) * ACROSS
  const height = 2 * EDGE + tallest * HIGH + (tallest - 1) * DOWN
  const sizes = Map.groupBy(stations, ({ layer }) => layer)
  const at = (one: Station) => {
    const others = sizes.get(one.layer)!.length
    const own = others * HIGH + (others - 1) * DOWN
    return { x: EDGE + one.layer * (WIDE + ACROSS), y: (height - own) / 2 + one.turn * (HIGH + DOWN) }
  }
  const byId = new Map(stations.map((one) => [one.id, one]))
  return (
    <figure className={styles['drawing']}>
      <section className={styles['scroller']} tabIndex={0} aria-label="Drawing of the ways">
        <svg
          viewBox={`0 0 ${width} ${height}`}
          width={width}
          height={height}
          role="img"
          aria-label={`${counted(stations.length, 'host')} and ${counted(tracks.length, 'key')} between them; the list below says the same`}
        >
          {tracks.map(({ from, to, key, conditional }) => {
            const [one, other] = [at(byId.get(from)!), at(byId.get(to)!)]
            const back = other.x <= one.x
            const [x1, y1] = [back ? one.x + WIDE / 2 : one.x + WIDE, back ? one.y + HIGH : one.y + HIGH / 2]
            const [x2, y2] = [back ? other.x + WIDE / 2 : other.x, back ? other.y : other.y + HIGH / 2]
            const bend = back ? 0 : (x2 - x1) / 2
            const lean = back ? Math.max(18, Math.abs(y2 - y1) / 2) : 0
            return (
              <g key={`${from} ${to} ${key}`} className={styles['track']} data-open={conditional ? 'if' : 'yes'}>
                <path
                  d={`M${x1} ${y1} C${x1 + bend} ${y1 + lean} ${x2 - bend} ${y2 - lean} ${x2} ${y2}`}
                  markerEnd="none"
                />
                <path
                  className={styles['head']}
                  d={
                    back
                      ? `M${x2 - 4} ${y2 - 7} ${x2} ${y2} ${x2 + 4} ${y2 - 7}`
                      : `M${x2 - 7} ${y2 - 4} ${x2} ${y2} ${x2 - 7} ${y2 + 4}`
                  }
                />
              </g>
            )
          })}
          {stations.map((one) => {
            const { x, y } = at(one)
            return (
              <g key={one.id} className={styles['station']} data-root={one.root} data-start={one.start}>
                <title>{`${visibleText(one.title)}: ${one.accounts.map((name) => visibleText(name)).join(', ')}${one.root ? ', root' : ''}`}</title>
                <rect x={x} y={y} width={WIDE} height={HIGH} rx="6" />
                {one.root && (
                  <path className={styles['diamond']} d={`M${x + WIDE - 16} ${y + 10} l5.4 5.4 -5.4 5.4 -5.4 -5.4Z`} />
                )}
                <text x={x + 11} y={y + 20} className={styles['title']}>
                  {short(one.label, one.root ? 19 : 22)}
                </text>
                <text x={x + 11} y={y + 37}>
                  {short([...one.accounts, ...(one.root ? ['root'] : [])].filter(isFirst).join(', '), 26)}
                </text>
              </g>
            )
          })}
        </svg>
      </section>
      <figcaption>
        <span>
          <i data-look="yes" aria-hidden="true" /> a key that opens
        </span>
        <span>
          <i data-look="if" aria-hidden="true" /> under a condition
        </span>
        <span>
          <i data-look="root" aria-hidden="true" /> root there
        </span>
        {left > 0 && <span>{counted(left, 'further host')} not drawn</span>}
      </figcaption>
    </figure>
  )
}

const short = (text: string, length: number) => {
  const shown = visibleText(text)
  return shown.length <= length ? shown : `${shown.slice(0, length - 1)}…`
}

const isFirst = (name: string, index: number, all: readonly string[]) => all.indexOf(name) === index
