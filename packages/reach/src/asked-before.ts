import type { HostRequest } from '@rollcall/discovery'

/**
 * Every host is asked the same first. A batch that was asked before is given as the very same object, so that what was worked out for
 * it, the script and the answers to wait for, is held once for all hosts that are scanned at the same time.
 */
export const askedBefore = (requests: readonly HostRequest[]): readonly HostRequest[] => {
  if (requests.length < WORTH_IT) return requests
  const key = JSON.stringify(requests)
  const known = BATCHES.get(key)
  if (known !== undefined) return known
  if (key.length > LONGEST) return requests
  if (BATCHES.size >= MOST) BATCHES.clear()
  BATCHES.set(key, requests)
  return requests
}

const BATCHES = new Map<string, readonly HostRequest[]>()
const MOST = 8
const WORTH_IT = 8
const LONGEST = 128 * 1024
