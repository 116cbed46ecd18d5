/* eslint-disable jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard */
import type { ReactNode } from 'react'
import { Dialog as AriaDialog } from 'react-aria-components/Dialog'
import { Heading } from 'react-aria-components/Heading'
import { Modal, ModalOverlay } from 'react-aria-components/Modal'
import { Button } from './button.tsx'
import { Icon } from './icon.tsx'
import styles from './dialog.module.css'

interface Props {
  title: ReactNode
  open: boolean
  close: () => void
  children: ReactNode
  /** A drawer at the side, or a sheet in the middle. */
  shape?: 'drawer' | 'sheet'
  /** Stands over the title of a drawer. */
  kicker?: ReactNode
}

/** Takes the page until it is closed; focus then returns to where it was. */
export const Dialog = ({ title, open, close, children, shape = 'sheet', kicker }: Props) => (
  <ModalOverlay
    isOpen={open}
    onOpenChange={(isOpen) => isOpen || close()}
    isDismissable
    className={styles['overlay']!}
    data-shape={shape}
  >
    <Modal className={styles[shape]!}>
      <AriaDialog className={styles['dialog']!}>
        <header className={styles['head']}>
          <div className={styles['titles']}>
            {kicker && <p className={styles['kicker']}>{kicker}</p>}
            <Heading slot="title" level={2} className={styles['title']!}>
              {title}
            </Heading>
          </div>
          <Button kind="bare" aria-label="Close" onPress={close}>
            <Icon name="close" />
          </Button>
        </header>
        <section className={styles['body']} tabIndex={0} aria-label="Details">
          {children}
        </section>
      </AriaDialog>
    </Modal>
  </ModalOverlay>
)
