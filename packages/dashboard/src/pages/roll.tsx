import { strokes, type Looks } from './strokes.ts'
import styles from './roll.module.css'

/** The roll being called: one stroke for each target, in fives. A full stroke was read completely; the others show how they fell short. */
export const Roll = (looks: Looks) => {
  const { marks, each } = strokes(looks)
  return (
    <div
      className={styles['roll']}
      role="img"
      aria-label={`${looks.complete} complete, ${looks.partial} in part, ${looks.failed} failed, ${looks.never} never reached`}
    >
      {marks.map((look, index) => (
        // eslint-disable-next-line react/no-array-index-key -- strokes have no identity
        <i key={index} data-look={look} />
      ))}
      {each > 1 && <span className={styles['each']}>each stroke is {each} targets</span>}
    </div>
  )
}
