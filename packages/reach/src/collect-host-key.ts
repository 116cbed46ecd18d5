import type { HostKey } from './known-hosts.ts'
import { blobAlgorithm, keyFingerprint } from './known-hosts.ts'
import type { HostKeys } from './host-keys.ts'
import { DEFAULT_LIMITS, type HostLimits } from './limits.ts'
import { ReachError } from './reach-error.ts'
import { algorithms, dial, isNoSshGreeting, type SshTarget } from './ssh-connection.ts'
import { sshFailure, type Stage } from './ssh-failure.ts'
import { thriftyClient } from './thrifty-client.ts'

export interface CollectOptions {
  /** Which kinds of keys are asked for first: those that the host is known by. */
  readonly known: readonly HostKey[]
  readonly limits?: Partial<HostLimits> | undefined
  /** Aborted with `timed-out` or anything else as its reason. */
  readonly over: AbortSignal
}

/**
 * Asks a host for its key, which it proves to hold, and hangs up. There is no user, no credential and no request to log in: the host sees a
 * connection that ends after the key exchange. Throws `ReachError`.
 */
export const collectHostKey = async (
  target: SshTarget,
  { known, over, ...given }: CollectOptions,
): Promise<HostKey> => {
  const limits = { ...DEFAULT_LIMITS, ...given.limits }
  const socket = await dial(target, { limits, over })
  return new Promise((resolve, reject) => {
    const client = thriftyClient()
    let stage: Stage = 'greeting'
    let shown: HostKey | undefined
    let greeting = ''
    const end = () => {
      clearTimeout(timer)
      over.removeEventListener('abort', stop)
      // Before anything else is said: the library would ask for authentication next.
      socket.destroy()
      client.destroy()
    }
    const fail = (error: ReachError) => {
      end()
      reject(error)
    }
    const stop = () => fail(new ReachError(over.reason === 'timed-out' ? 'timed-out' : 'cancelled', target))
    const timer = setTimeout(() => fail(new ReachError('timed-out', target)), limits.loginMs)
    over.addEventListener('abort', stop, { once: true })
    if (over.aborted) return stop()

    const lost = (cause: Error) =>
      fail(
        stage === 'greeting' && isNoSshGreeting(greeting)
          ? new ReachError('not-ssh', target, { cause })
          : sshFailure(cause, stage, target),
      )
    client.on('error', lost)
    client.on('close', () => lost(new Error('closed')))
    // The exchange is over when the host has signed it with the key that it showed.
    client.on('handshake', () => {
      end()
      if (shown === undefined) reject(new ReachError('not-ssh', target))
      else resolve(shown)
    })
    try {
      client.connect({
        sock: socket,
        // Never sent: nothing is asked after the key exchange.
        username: 'nobody',
        ident: 'Rollcall',
        readyTimeout: 0,
        tryKeyboard: false,
        algorithms: algorithms({ keys: known }),
        hostVerifier: (blob: Buffer) => {
          stage = 'key-exchange'
          const algorithm = blobAlgorithm(blob)
          if (algorithm === undefined || blob.length > MAX_KEY) return false
          shown = { algorithm, blob: Uint8Array.from(blob) }
          return true
        },
        authHandler: () => false,
      })
      socket.once('data', (first: Buffer) => (greeting = first.toString('latin1', 0, 64)))
    } catch (cause) {
      fail(sshFailure(cause, stage, target))
    }
  })
}

/** An RSA key of 16,384 bits takes an eighth of it. */
const MAX_KEY = 16 * 1024

/** What came of asking a host for its key. */
export interface CollectedHostKey {
  readonly key: HostKey
  /** Whether it is a key that was known before, new, or another one than the known. */
  readonly standing: 'known' | 'new' | 'changed'
}

/** Holds the key of a host against what is known of it, and keeps one of a host that had none. */
export const keepCollected = async (target: SshTarget, key: HostKey, hostKeys: HostKeys): Promise<CollectedHostKey> => {
  const known = await hostKeys.of(target.host, target.port)
  const isSame = (other: HostKey) => keyFingerprint(other.blob) === keyFingerprint(key.blob)
  const changed = async () => {
    await hostKeys.shown?.(target.host, target.port, key)
    return { key, standing: 'changed' } as const
  }
  if (known.revoked.some(isSame)) return changed()
  if (known.keys.length > 0) return known.keys.some(isSame) ? { key, standing: 'known' } : changed()
  const kept = await hostKeys.pin(target.host, target.port, key, 'collected')
  return kept === 'pinned' ? { key, standing: 'new' } : changed()
}
