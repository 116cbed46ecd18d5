import { useSyncExternalStore } from 'react'

const query = globalThis.matchMedia?.('(max-width: 760px)')

/** Whether the screen is a narrow one; the same width as in the style sheets. */
export const useNarrow = (): boolean =>
  useSyncExternalStore(
    (changed) => {
      query?.addEventListener('change', changed)
      return () => query?.removeEventListener('change', changed)
    },
    () => query?.matches ?? false,
  )
