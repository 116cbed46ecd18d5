import { BusError } from '../bus.ts'
import type { BrokerConnection } from './connection.ts'

const ANSWER_MS = 5000

/**
 * Tells the servers anew what an account may, over a connection of the system account. Users whom it revokes are cut off at once. Rejects
 * with BusError `no-answer` when no server took it, or `forbidden` when one refused it.
 */
export const pushAccount = async (connection: BrokerConnection, jwt: string): Promise<void> => {
  const late = AbortSignal.timeout(ANSWER_MS)
  const nats = await connection.connected(late).catch((error: unknown) => {
    throw error instanceof BusError ? error : new BusError('no-answer', { cause: error })
  })
  const answer = await nats.request('$SYS.REQ.CLAIMS.UPDATE', jwt, { timeout: ANSWER_MS }).catch((error: unknown) => {
    throw new BusError('no-answer', { cause: error })
  })
  const said = answer.json<{ data?: { code?: number } }>()
  if (said.data?.code !== 200) throw new BusError('forbidden')
}
