import type { ReactNode } from 'react'
import { Button as AriaButton, type ButtonProps } from 'react-aria-components/Button'
import styles from './button.module.css'

interface Props extends Omit<ButtonProps, 'className' | 'style' | 'children' | 'isPending'> {
  kind?: 'primary' | 'quiet' | 'danger' | 'bare'
  children: ReactNode
  /** It has been pressed, and what it does is not done yet: it keeps the focus and does nothing. */
  busy?: boolean
}

/** A button. `primary` is the one thing a page is for; `bare` is an icon or a word among others. */
export const Button = ({ kind = 'quiet', busy = false, type = 'button', onPress, children, ...rest }: Props) => (
  <AriaButton
    {...rest}
    type={busy ? 'button' : type}
    {...(busy || onPress === undefined ? {} : { onPress })}
    data-busy={busy}
    className={styles[kind]!}
  >
    {children}
  </AriaButton>
)

/** The same look for a link. */
export const buttonLook = (kind: 'primary' | 'quiet' | 'bare') => styles[kind]!
