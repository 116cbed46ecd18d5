import type { ReactNode } from 'react'
import { ServerProblem } from '../server/request.ts'
import { visibleText } from '../format/visible-text.ts'
import { Button } from './button.tsx'
import { Glyph } from './mark.tsx'
import styles from './notice.module.css'

/** A sentence that stands apart: something went wrong, is not known, or is worth knowing. */
export const Notice = ({
  tone,
  title,
  children,
  action,
}: {
  tone: 'bad' | 'unknown' | 'plain' | 'good'
  title: ReactNode
  children?: ReactNode
  action?: ReactNode
}) => (
  <div className={styles['notice']} data-look={tone} role={tone === 'bad' ? 'alert' : undefined}>
    <span className={styles['glyph']}>
      <Glyph tone={tone} />
    </span>
    <div className={styles['text']}>
      <p className={styles['title']}>{title}</p>
      {children}
    </div>
    {action}
  </div>
)

/** Why something could not be shown or done, in the server's words, with a way to try again. */
export const Failure = ({ error, what, retry }: { error: unknown; what: string; retry?: () => void }) => {
  const mistakes = mistakesOf(error).filter(({ detail }) => detail !== sentenceOf(error))
  return (
    <Notice tone="bad" title={what} action={retry && <Button onPress={retry}>Try again</Button>}>
      <p>{visibleText(sentenceOf(error))}</p>
      {mistakes.length > 0 && (
        <ul className={styles['list']}>
          {mistakes.slice(0, 50).map(({ pointer, detail }) => (
            <li key={pointer + detail}>{visibleText(detail)}</li>
          ))}
        </ul>
      )}
    </Notice>
  )
}

/** What is wrong with which part of a request, where the server says so. */
export const mistakesOf = (error: unknown) => (error instanceof ServerProblem ? (error.problem.errors ?? []) : [])

export const sentenceOf = (error: unknown): string =>
  error instanceof Error ? error.message : 'It failed without saying why.'

/** Nothing to show, and what that means. */
export const Empty = ({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) => (
  <div className={styles['empty']}>
    <svg
      width="72"
      height="44"
      viewBox="0 0 72 44"
      fill="none"
      stroke="currentColor"
      strokeWidth="3"
      strokeLinecap="round"
      strokeDasharray="1 6"
      aria-hidden="true"
    >
      <path d="M12 6v32M28 6v32M44 6v32M60 6v32M4 34 68 12" />
    </svg>
    <h2>{title}</h2>
    {children}
    {action && <div className={styles['actions']}>{action}</div>}
  </div>
)

/** Room that will be filled, so that nothing moves when it is. */
export const Skeleton = ({ lines = 3, height = 20 }: { lines?: number; height?: number }) => (
  <div className={styles['skeleton']} aria-hidden="true">
    {Array.from({ length: lines }, (_, index) => (
      <span key={index} style={{ height, width: `${92 - ((index * 37) % 48)}%` }} />
    ))}
  </div>
)
