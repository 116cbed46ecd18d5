import { useId } from 'react'
import styles from './trust.module.css'

/** Which part of the network is meant; nothing where there is only one. */
export const SegmentChoice = ({
  segments,
  segment,
  choose,
}: {
  segments: readonly string[]
  segment: string
  choose: (segment: string) => void
}) => {
  const id = useId()
  if (segments.length < 2) return null
  return (
    <p className={styles['choice']}>
      <label htmlFor={id}>Segment</label>
      <select id={id} value={segment} onChange={(event) => choose(event.target.value)}>
        {segments.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </p>
  )
}
