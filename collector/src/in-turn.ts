/** Lets works have their turn one after the other, as they were asked for. What one fails with, whoever asked for it hears; the next goes on. */
export const inTurn = (): (<T>(work: () => Promise<T>) => Promise<T>) => {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const turn = last.then(work, work)
    // Whoever asked hears of it; the next in turn must not.
    last = turn.catch(() => {})
    return turn
  }
}
