import type { ReactNode } from 'react'
import type { Tone } from '../format/tone.ts'
import styles from './mark.module.css'

/** A tone's shape: it says the same as the colour to whoever does not see the colour. */
export const Glyph = ({ tone }: { tone: Tone }) => (
  <svg className={styles['glyph']} data-tone={tone} viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
    {shapes[tone]}
  </svg>
)

const shapes: Record<Tone, ReactNode> = {
  privileged: <path d="M6 0.6 11.4 6 6 11.4 0.6 6Z" fill="currentColor" />,
  good: (
    <>
      <circle cx="6" cy="6" r="5.5" fill="currentColor" />
      <path
        d="m3.4 6.2 1.8 1.8 3.4-3.8"
        fill="none"
        className={styles['inner']}
        strokeWidth="1.5"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </>
  ),
  unknown: (
    <>
      <circle cx="6" cy="6" r="5" fill="none" stroke="currentColor" strokeWidth="1.3" strokeDasharray="2.2 1.7" />
      <path
        d="M4.7 4.9a1.35 1.35 0 1 1 2 1.15c-.5.3-.7.5-.7 1"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.1"
        strokeLinecap="round"
      />
      <circle cx="6" cy="8.6" r=".7" fill="currentColor" />
    </>
  ),
  bad: (
    <>
      <path d="M6 .7 11.7 11H.3Z" fill="currentColor" strokeLinejoin="round" />
      <path d="M6 4.4v3.2M6 9.2v.1" className={styles['inner']} strokeWidth="1.4" strokeLinecap="round" />
    </>
  ),
  active: (
    <>
      <circle cx="6" cy="6" r="5" fill="none" stroke="currentColor" strokeWidth="1.4" opacity=".35" />
      <path d="M6 1a5 5 0 0 1 5 5" fill="none" stroke="currentColor" strokeWidth="1.6" strokeLinecap="round" />
    </>
  ),
  plain: <circle cx="6" cy="6" r="2.4" fill="none" stroke="currentColor" strokeWidth="1.3" />,
}

/** A word with its tone: shape, colour and text. */
export const Mark = ({ tone, children, strong = false }: { tone: Tone; children: ReactNode; strong?: boolean }) => (
  <span className={styles['mark']} data-tone={tone} data-strong={strong}>
    <Glyph tone={tone} />
    <span>{children}</span>
  </span>
)

/** What could not be looked at. Never to be taken for `never` or `none`. */
export const Unknown = () => (
  <span className={styles['unknown']} title="It could not be looked at">
    unknown
  </span>
)
