import { useState } from 'react'
import { visibleText } from '../format/visible-text.ts'
import { Button } from './button.tsx'
import { Icon } from './icon.tsx'
import styles from './shown-once.module.css'

/** A value that is told this once and never again, to be copied. `thing` is what it is, in the words of a button. */
export const ShownOnce = ({
  value,
  label,
  thing,
  hint,
}: {
  value: string
  label: string
  thing: string
  hint?: string
}) => {
  const [copied, setCopied] = useState<'no' | 'yes' | 'failed'>('no')
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(value)
      setCopied('yes')
    } catch {
      // A browser may forbid it; what is shown can still be selected.
      setCopied('failed')
    }
  }
  return (
    <>
      <div className={styles['value']}>
        <code aria-label={label}>{visibleText(value)}</code>
        <Button aria-label={`Copy the ${thing}`} onPress={() => void copy()}>
          <Icon name="copy" />
          Copy
        </Button>
      </div>
      <output className={styles['said']}>
        {copied === 'yes'
          ? 'Copied.'
          : copied === 'failed'
            ? 'The browser did not allow copying; select it instead.'
            : hint}
      </output>
    </>
  )
}
