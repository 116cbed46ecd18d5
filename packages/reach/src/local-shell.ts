import { spawn } from 'node:child_process'
import type { Shell } from './posix-host.ts'
import type { OpenShell } from './start-shell.ts'

/** Starts shells on this machine, in a process group of their own and with nothing of our environment but the search path. */
export const openLocalShell: OpenShell = async (commandLine) => {
  const child = spawn('/bin/sh', ['-c', commandLine], {
    cwd: '/',
    env: { PATH: process.env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin' },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  })
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', reject)
  })
  let ended = false
  let onEnd: (() => void) | undefined
  const end = () => {
    ended = true
    onEnd?.()
  }
  child.on('error', end)
  // Not `close`: what it has started may hold the pipes open. Output that is still in them comes first.
  child.on('exit', () => setImmediate(end))
  child.stdin.on('error', () => undefined)
  return {
    write: (text) => void child.stdin.write(text),
    hear(listener) {
      child.stdout.removeAllListeners('data').on('data', listener.output)
      child.stderr.removeAllListeners('data').on('data', listener.messages)
      onEnd = listener.ended
      if (ended) setImmediate(listener.ended)
    },
    close() {
      child.stdin.destroy()
      child.stdout.destroy()
      child.stderr.destroy()
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
      try {
        process.kill(-child.pid, 'SIGKILL')
      } catch {
        // It has ended in the meantime, or runs as root by sudo and ends with its standard input.
      }
    },
  } satisfies Shell
}
