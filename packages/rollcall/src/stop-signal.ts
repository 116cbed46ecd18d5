/**
 * Aborts at the first SIGINT or SIGTERM, so that work in hand can be brought to an end; the second kills. Dispose of it to give
 * the signals their usual meaning back.
 */
export const stopSignal = (): Disposable & { readonly signal: AbortSignal } => {
  const controller = new AbortController()
  const stop = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) process.exit(name === 'SIGINT' ? 130 : 143)
    controller.abort(new Error('stopped'))
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      process.off('SIGINT', stop)
      process.off('SIGTERM', stop)
    },
  }
}
