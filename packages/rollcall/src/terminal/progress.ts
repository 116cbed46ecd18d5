import { printable } from './printable.ts'

export interface Progress {
  /** More targets are known. */
  planned(count: number): void
  started(target: string): void
  /** A target ended; `line` tells how. */
  ended(target: string, line: string): void
  /** Clears the bar; nothing is drawn afterwards. */
  finish(): void
}

/** A bar that is redrawn on a terminal, one plain line for each ended target elsewhere. Written to standard error. */
export const openProgress = (stream: NodeJS.WriteStream): Progress => (stream.isTTY ? bar(stream) : lines(stream))

const lines = (stream: NodeJS.WriteStream): Progress => ({
  planned: () => {},
  started: () => {},
  ended: (target, line) => void stream.write(`${printable(target)}: ${printable(line)}\n`),
  finish: () => {},
})

const REDRAW_MS = 100

const bar = (stream: NodeJS.WriteStream): Progress => {
  let [total, done, failed] = [0, 0, 0]
  const running = new Set<string>()
  const draw = () => {
    const columns = stream.columns || 80
    const width = Math.max(10, Math.min(30, columns - 50))
    const filled = total === 0 ? 0 : Math.round((done / total) * width)
    const [first = ''] = running
    const text = ` ${'█'.repeat(filled)}${'░'.repeat(width - filled)} ${done}/${total}${failed > 0 ? ` · ${failed} not reached` : ''} ${printable(first)}`
    stream.write(`\r\u001b[K${text.slice(0, columns - 1)}`)
  }
  const timer = setInterval(draw, REDRAW_MS)
  timer.unref()
  return {
    planned: (count) => void (total += count),
    started: (target) => void running.add(target),
    ended(target, line) {
      running.delete(target)
      done++
      if (line.startsWith('not reached')) {
        failed++
        stream.write(`\r\u001b[K${printable(target)}: ${printable(line)}\n`)
      }
    },
    finish() {
      clearInterval(timer)
      stream.write('\r\u001b[K')
    },
  }
}
