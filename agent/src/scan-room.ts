/** Room for so many looks at a time, whatever runs they are of, and for one at a target at a time. */
export interface ScanRoom {
  /** Waits for room, does it, and leaves. Whoever came first goes first, but for targets that are being looked at. */
  within<T>(target: string, work: () => Promise<T>): Promise<T>
}

export const scanRoom = (most: number): ScanRoom => {
  const busy = new Set<string>()
  let waiting: { readonly target: string; readonly enter: () => void }[] = []

  const admit = () => {
    for (const one of waiting) {
      if (busy.size >= most) return
      if (busy.has(one.target)) continue
      busy.add(one.target)
      waiting = waiting.filter((other) => other !== one)
      one.enter()
    }
  }

  return {
    async within(target, work) {
      if (busy.size < most && !busy.has(target)) busy.add(target)
      else await new Promise<void>((enter) => void waiting.push({ target, enter }))
      try {
        return await work()
      } finally {
        busy.delete(target)
        admit()
      }
    },
  }
}
