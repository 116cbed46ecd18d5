import type { HostKey } from '@rollcall/reach'
import type { SentHostKey } from './words.ts'

/** A host key as it travels between the agent and a process that scans. */
export const sent = ({ algorithm, blob }: HostKey): SentHostKey => ({
  algorithm,
  blob: Buffer.from(blob).toString('base64'),
})

export const received = ({ algorithm, blob }: SentHostKey): HostKey => ({
  algorithm,
  blob: Uint8Array.from(Buffer.from(blob, 'base64')),
})
