import { useSyncExternalStore } from 'react'

/** One value that several parts of the page watch. */
export interface Watched<T> {
  readonly get: () => T
  readonly set: (value: T) => void
  readonly use: () => T
}

export const watched = <T>(initial: T): Watched<T> => {
  let value = initial
  const watchers = new Set<() => void>()
  const subscribe = (watcher: () => void) => {
    watchers.add(watcher)
    return () => void watchers.delete(watcher)
  }
  return {
    get: () => value,
    set: (next) => {
      if (Object.is(next, value)) return
      value = next
      for (const watcher of watchers) watcher()
    },
    use: () => useSyncExternalStore(subscribe, () => value),
  }
}
