import { Dialog } from '../ui/dialog.tsx'
import styles from './help.module.css'

const KEYS: readonly (readonly [string, string])[] = [
  ['/', 'Go to the filter'],
  ['j  ↓', 'Next row'],
  ['k  ↑', 'Previous row'],
  ['Enter', 'Open the row'],
  ['Escape', 'Close, and return to the row'],
  ['e', 'Download the list as CSV'],
  ['?', 'This help'],
]
const GRAMMAR: readonly (readonly [string, string])[] = [
  ['privileged:yes', 'exactly this word'],
  ['host:db*', '* stands for any text'],
  ['os:debian,alpine', 'a comma means or'],
  ['-state:managed', 'a dash means not'],
  ['password_changed:>90d', 'more than 90 days ago'],
  ['last_login:never', 'known not to have happened'],
  ['privileged:unknown', 'could not be looked at'],
  ['"free text"', 'in any text column'],
]

/** Keys and filter grammar; always in the same place (WCAG 3.2.6). */
export const Help = ({ open, close }: { open: boolean; close: () => void }) => (
  <Dialog title="Keys and filters" open={open} close={close}>
    <div className={styles['help']}>
      <h3>Keys</h3>
      <List rows={KEYS} keys />
      <h3>Filters</h3>
      <p>Terms are joined by “and”.</p>
      <List rows={GRAMMAR} />
    </div>
  </Dialog>
)

const List = ({ rows, keys = false }: { rows: readonly (readonly [string, string])[]; keys?: boolean }) => (
  <dl className={styles['list']}>
    {rows.map(([term, meaning]) => (
      <div key={term}>
        <dt>{keys ? term.split('  ').map((key) => <kbd key={key}>{key}</kbd>) : <code>{term}</code>}</dt>
        <dd>{meaning}</dd>
      </div>
    ))}
  </dl>
)
