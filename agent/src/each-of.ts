/** Works on items as they come, several at a time. After an abort nothing new is begun, and what runs is waited for. */
export const eachOf = async <T>(
  items: AsyncIterable<T>,
  concurrency: number,
  signal: AbortSignal,
  work: (item: T) => Promise<void>,
  failed: (item: T, error: unknown) => void,
): Promise<void> => {
  const busy = new Set<Promise<void>>()
  try {
    for await (const item of items) {
      if (signal.aborted) break
      const task = work(item)
        .catch((error: unknown) => failed(item, error))
        .finally(() => busy.delete(task))
      busy.add(task)
      if (busy.size >= concurrency) await Promise.race(busy)
    }
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    await Promise.all(busy)
  }
}
