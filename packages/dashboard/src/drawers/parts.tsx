import type { Change, ProbeOutcome } from '@rollcall/contract/api'
import type { Place } from '@rollcall/contract'
import type { ReactNode } from 'react'
import { counted } from '../format/count.ts'
import { toneOf } from '../format/tone.ts'
import { visibleText } from '../format/visible-text.ts'
import { RIGHTS } from '../format/words.ts'
import { Glyph, Mark } from '../ui/mark.tsx'
import { Said } from '../ui/said.tsx'
import { When } from '../ui/when.tsx'
import styles from './parts.module.css'

export const Section = ({ title, children }: { title: string; children: ReactNode }) => (
  <section className={styles['section']}>
    <h3>{title}</h3>
    {children}
  </section>
)

/** Facts by name. What is undefined is left out; what is null was not looked at, and says so itself. */
export const Facts = ({ rows }: { rows: readonly (readonly [string, ReactNode] | false)[] }) => (
  <dl className={styles['facts']}>
    {rows.flatMap((row) =>
      row === false ? (
        []
      ) : (
        <div key={row[0]}>
          <dt>{row[0]}</dt>
          <dd>{row[1]}</dd>
        </div>
      ),
    )}
  </dl>
)

/** A file, and the line in it: where somebody can go and look. */
export const PlaceName = ({ place: { path, line } }: { place: Place }) => (
  <code className={styles['place']}>
    <bdi>
      {visibleText(path)}
      {line !== undefined && <b>:{line}</b>}
    </bdi>
  </code>
)

/** How each probe fared: what could not be looked at in full, and all that was complete behind one line. */
export const Outcomes = ({ outcomes }: { outcomes: readonly ProbeOutcome[] }) => {
  const told = outcomes.filter(({ status, reasons }) => status !== 'complete' || reasons.length > 0)
  const complete = outcomes.filter((one) => !told.includes(one))
  return (
    <>
      {told.length > 0 && <OutcomeList outcomes={told} />}
      {complete.length > 0 && (
        <details className={styles['complete']} open={complete.length <= FEW}>
          <summary>
            <Glyph tone="good" />{' '}
            {told.length === 0
              ? `All ${counted(complete.length, 'probe')} were complete`
              : `${counted(complete.length, 'other')} ${complete.length === 1 ? 'was' : 'were'} complete`}
          </summary>
          <OutcomeList outcomes={complete} />
        </details>
      )}
    </>
  )
}

/** So few are not worth hiding. */
const FEW = 4

const OutcomeList = ({ outcomes }: { outcomes: readonly ProbeOutcome[] }) => (
  <ul className={styles['outcomes']}>
    {outcomes
      .toSorted((a, b) => Number(a.status === 'complete') - Number(b.status === 'complete'))
      .map(({ probe, title, status, reasons, privilege, lastLook, lastComplete }) => (
        <li key={probe}>
          <div className={styles['line']}>
            <Glyph tone={toneOf('status', status)} />
            <span className={styles['what']}>
              <Said>{title}</Said>
            </span>
            <span className={styles['word']}>{status}</span>
            <span className={styles['aside']}>
              <When at={lastLook} />
            </span>
          </div>
          {(status !== 'complete' || reasons.length > 0) && (
            <div className={styles['why']}>
              {reasons.map(({ code, path, line, detail, count, sentence }, index) => (
                // eslint-disable-next-line react/no-array-index-key -- reasons have no identity
                <p key={index}>
                  {path !== undefined && (
                    <>
                      <PlaceName place={{ path, ...(line === undefined ? {} : { line }) }} />{' '}
                    </>
                  )}
                  <Said>{sentence || code}</Said>
                  {detail !== undefined && (
                    <>
                      {' '}
                      (<Said>{detail}</Said>)
                    </>
                  )}
                  {count !== undefined && count > 1 && ` (${counted(count, 'time')})`}
                </p>
              ))}
              {status !== 'complete' && (
                <p className={styles['last']}>
                  Read {RIGHTS[privilege] ?? privilege}; last complete{' '}
                  {lastComplete === null ? 'never' : <When at={lastComplete} />}
                </p>
              )}
            </div>
          )}
        </li>
      ))}
  </ul>
)

const CHANGE_TONE = { appeared: 'active', changed: 'plain', vanished: 'plain', reappeared: 'active' } as const

/** What changed, newest first. */
export const History = ({ changes, withHost = false }: { changes: readonly Change[]; withHost?: boolean }) =>
  changes.length === 0 ? (
    <p className={styles['quiet']}>Nothing has changed since it was first seen.</p>
  ) : (
    <ol className={styles['history']}>
      {changes.map(({ at, type, thing, host, probe }, index) => (
        // eslint-disable-next-line react/no-array-index-key -- two changes may read the same
        <li key={index}>
          <Verb type={type} />
          <span>
            <Said>{thing}</Said>
            {withHost && (
              <span className={styles['quiet']}>
                {' '}
                on <Said>{host}</Said>
              </span>
            )}
            {!withHost && <span className={styles['quiet']}> ({probe})</span>}
          </span>
          <span className={styles['aside']}>
            <When at={at} />
          </span>
        </li>
      ))}
    </ol>
  )

const Verb = ({ type }: { type: Change['type'] }) => (
  <span className={styles['verb']} data-type={type} data-tone-of={CHANGE_TONE[type]}>
    <span aria-hidden="true">{{ appeared: '+', reappeared: '+', vanished: '−', changed: '~' }[type]}</span> {type}
  </span>
)

export const YesNo = ({ value, about }: { value: 'yes' | 'no' | 'unknown'; about: string }) => (
  <Mark tone={toneOf(about, value)}>{value}</Mark>
)
