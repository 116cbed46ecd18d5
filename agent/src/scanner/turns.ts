/** Lets so many have their turn at the same time. */
export const turns = (most: number): (() => Promise<Disposable>) => {
  let free = most
  const waiting: (() => void)[] = []
  const next = () => {
    const one = waiting.shift()
    if (one === undefined) free++
    else one()
  }
  return async () => {
    if (free > 0) free--
    else await new Promise<void>((resolve) => waiting.push(resolve))
    return { [Symbol.dispose]: next }
  }
}
