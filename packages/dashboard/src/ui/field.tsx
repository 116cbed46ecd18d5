import { useId, type InputHTMLAttributes, type ReactNode, type TextareaHTMLAttributes } from 'react'
import styles from './field.module.css'

interface Around {
  label: string
  hint?: ReactNode
  error?: string | undefined
}

/** A line of text with its label, a hint, and what is wrong with it. */
export const Field = ({ label, hint, error, ...input }: Around & InputHTMLAttributes<HTMLInputElement>) => {
  const id = useId()
  return (
    <Around id={id} label={label} hint={hint} error={error}>
      <input
        {...input}
        id={id}
        className={styles['input']}
        aria-invalid={error !== undefined}
        aria-describedby={`${id}-hint ${id}-error`}
      />
    </Around>
  )
}

/** Several lines of text, the same way. */
export const TextArea = ({ label, hint, error, ...area }: Around & TextareaHTMLAttributes<HTMLTextAreaElement>) => {
  const id = useId()
  return (
    <Around id={id} label={label} hint={hint} error={error}>
      <textarea
        {...area}
        id={id}
        className={styles['area']}
        spellCheck={false}
        aria-invalid={error !== undefined}
        aria-describedby={`${id}-hint ${id}-error`}
      />
    </Around>
  )
}

/** One of a few. */
export const Choice = ({
  label,
  value,
  change,
  options,
}: {
  label: string
  value: string
  change: (value: string) => void
  options: readonly (readonly [value: string, title: string])[]
}) => {
  const id = useId()
  return (
    <Around id={id} label={label}>
      <select id={id} className={styles['input']} value={value} onChange={(event) => change(event.target.value)}>
        {options.map(([option, title]) => (
          <option key={option} value={option}>
            {title}
          </option>
        ))}
      </select>
    </Around>
  )
}

/** Yes or no. */
export const Tick = ({
  label,
  checked,
  change,
}: {
  label: string
  checked: boolean
  change: (checked: boolean) => void
}) => (
  <label className={styles['tick']}>
    <input type="checkbox" checked={checked} onChange={(event) => change(event.target.checked)} />
    <span>{label}</span>
  </label>
)

const Around = ({ id, label, hint, error, children }: Around & { id: string; children: ReactNode }) => (
  <div className={styles['field']}>
    <label htmlFor={id}>{label}</label>
    {children}
    <div id={`${id}-hint`} className={styles['hint']}>
      {hint}
    </div>
    <div id={`${id}-error`} className={styles['error']} aria-live="polite">
      {error}
    </div>
  </div>
)
