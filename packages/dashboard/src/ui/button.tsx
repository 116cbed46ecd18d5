import type { ReactNode } from 'react'
import { Button as AriaButton, type ButtonProps } from 'react-aria-components/Button'
import styles from './button.module.css'

interface Props extends Omit<ButtonProps, 'className' | 'style' | 'children'> {
  kind?: 'primary' | 'quiet' | 'danger' | 'bare'
  children: ReactNode
}

/** A button. `primary` is the one thing a page is for; `bare` is an icon or a word among others. */
export const Button = ({ kind = 'quiet', children, ...rest }: Props) => (
  <AriaButton {...rest} className={styles[kind]!}>
    {children}
  </AriaButton>
)

/** The same look for a link. */
export const buttonLook = (kind: 'primary' | 'quiet' | 'bare') => styles[kind]!
