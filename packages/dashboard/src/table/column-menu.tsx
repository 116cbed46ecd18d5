import type { ViewColumn, ViewDescription } from '@rollcall/contract/api'
import { Dialog, DialogTrigger } from 'react-aria-components/Dialog'
import { Popover } from 'react-aria-components/Popover'
import { Button } from '../ui/button.tsx'
import { Icon } from '../ui/icon.tsx'
import styles from './column-menu.module.css'
import { namingColumn } from './known-views.ts'

interface Props {
  view: ViewDescription
  visible: readonly ViewColumn[]
  /** Undefined goes back to the server's choice. */
  choose: (columns: readonly string[] | undefined) => void
}

/** Which columns are shown, and in which order. */
export const ColumnMenu = ({ view, visible, choose }: Props) => {
  const ids = visible.map(({ id }) => id)
  const name = namingColumn(view)?.id
  const move = (id: string, step: number) => {
    const at = ids.indexOf(id)
    const next = ids.toSpliced(at, 1).toSpliced(at + step, 0, id)
    choose(next)
  }
  const listed = [...visible, ...view.columns.filter(({ id }) => !ids.includes(id))]
  return (
    <DialogTrigger>
      <Button aria-label="Columns">
        <Icon name="columns" />
        <span className={styles['word']}>Columns</span>
      </Button>
      <Popover placement="bottom end" className={styles['popover']!}>
        <Dialog aria-label="Columns" className={styles['dialog']!}>
          <ul>
            {listed.map(({ id, title, description }) => {
              const at = ids.indexOf(id)
              return (
                <li key={id}>
                  <label title={description}>
                    <input
                      type="checkbox"
                      checked={at !== -1}
                      disabled={id === name}
                      onChange={(event) =>
                        choose(event.target.checked ? [...ids, id] : ids.filter((one) => one !== id))
                      }
                    />
                    {title}
                  </label>
                  {at !== -1 && (
                    <>
                      <button
                        type="button"
                        aria-label={`Move ${title} to the left`}
                        disabled={at === 0}
                        onClick={() => move(id, -1)}
                      >
                        <Icon name="up" size={14} />
                      </button>
                      <button
                        type="button"
                        aria-label={`Move ${title} to the right`}
                        disabled={at === ids.length - 1}
                        onClick={() => move(id, 1)}
                      >
                        <Icon name="down" size={14} />
                      </button>
                    </>
                  )}
                </li>
              )
            })}
          </ul>
          <div className={styles['foot']}>
            <Button onPress={() => choose(undefined)}>Back to the usual columns</Button>
          </div>
        </Dialog>
      </Popover>
    </DialogTrigger>
  )
}
