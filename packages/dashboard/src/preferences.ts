import { watched, type Watched } from './server/watched.ts'

/** Something this browser remembers for whoever sits before it. Never anything that a server said. */
const preference = <T extends string>(name: string, allowed: readonly T[], initial: T): Watched<T> => {
  const stored = recall(name)
  const value = watched<T>(allowed.find((one) => one === stored) ?? initial)
  return {
    ...value,
    set: (next) => {
      value.set(next)
      remember(name, next)
    },
  }
}

export const density = preference('rollcall.density', ['comfortable', 'compact'], 'comfortable')
export const shortcuts = preference('rollcall.shortcuts', ['on', 'off'], 'on')

const themeChoice = preference('rollcall.theme', ['system', 'light', 'dark'], 'system')
export type Theme = 'system' | 'light' | 'dark'
export const theme: Watched<Theme> = {
  ...themeChoice,
  set: (next) => {
    themeChoice.set(next)
    if (next === 'system') delete document.documentElement.dataset['theme']
    else document.documentElement.dataset['theme'] = next
  },
}

/** The columns somebody chose for a view, in their order. */
export const chosenColumns = {
  of: (view: string): string | undefined => recall(`rollcall.columns.${view}`),
  set: (view: string, columns: string | undefined) => remember(`rollcall.columns.${view}`, columns),
}

function recall(name: string): string | undefined {
  try {
    return globalThis.localStorage?.getItem(name) ?? undefined
  } catch {
    return undefined
  }
}

function remember(name: string, value: string | undefined) {
  try {
    if (value === undefined) localStorage.removeItem(name)
    else localStorage.setItem(name, value)
  } catch {
    // Without storage the choice holds until the page is closed.
  }
}
