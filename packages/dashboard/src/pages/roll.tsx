/* eslint-disable jsx-a11y/prefer-tag-over-role -- drawn from elements, one for each part */
import styles from './roll.module.css'
import { strokes, type Looks } from './strokes.ts'

/** The roll being called: one stroke for each target, every fifth across the four before it. How a stroke looks says how the look ended. */
export const Roll = (looks: Looks) => {
  const { groups, each } = strokes(looks)
  return (
    <div
      className={styles['roll']}
      role="img"
      aria-label={`${looks.complete} complete, ${looks.partial} in part, ${looks.failed} failed, ${looks.never} never reached`}
    >
      {groups.map(({ look, size }, group) => (
        // eslint-disable-next-line react/no-array-index-key -- strokes have no identity
        <span key={group} data-look={look} data-full={size === 5}>
          {Array.from({ length: size }, (_, stroke) => (
            <i key={stroke} />
          ))}
        </span>
      ))}
      {each > 1 && <small>each stroke is {each} targets</small>}
    </div>
  )
}
