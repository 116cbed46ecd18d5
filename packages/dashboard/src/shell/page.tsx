import { useEffect, type ReactNode } from 'react'
import styles from './page.module.css'

interface Props {
  title: string
  /** A sentence under the title. */
  lead?: ReactNode
  actions?: ReactNode
  children: ReactNode
  /** The page fills the window and scrolls within itself. */
  filling?: boolean
}

/** A page: its title, what can be done on it, and its content. */
export const Page = ({ title, lead, actions, children, filling = false }: Props) => {
  useEffect(() => {
    document.title = `${title} · Rollcall`
  }, [title])
  return (
    <main id="content" tabIndex={-1} className={styles['page']} data-filling={filling}>
      <header className={styles['head']}>
        <div>
          <h1>{title}</h1>
          {lead && <div className={styles['lead']}>{lead}</div>}
        </div>
        {actions && <div className={styles['actions']}>{actions}</div>}
      </header>
      {children}
    </main>
  )
}
