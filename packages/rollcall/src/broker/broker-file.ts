import { KeyFileError, readPrivateFile, writePrivateFile } from '@rollcall/secret'
import { z } from 'zod'
import { UsageError } from '../usage-error.ts'

const seed = z.string().regex(/^S[A-Z2-7]{50,70}$/, 'a key of the broker')

const brokerFile = z.strictObject({
  version: z.literal(1),
  /** Where the collector reaches the broker. */
  servers: z.array(z.string().min(1).max(512)).min(1).max(20),
  /** Who vouches for it, PEM. */
  ca: z.string().min(1),
  /** What the collector shows itself with, where the broker wants that. */
  certificate: z.string().optional(),
  key: z.string().optional(),
  /** Servers that keep each stream. */
  replicas: z.int().min(1).max(5),
  /** Of the account that agents and the collector are of. */
  account: z.string().regex(/^A[A-Z2-7]{55}$/),
  /** Signs what agents may. */
  issuing: seed,
  /** Signs the account: needed to cut off an agent. */
  operator: seed,
  /** Of the account that servers are told things by. */
  system: seed,
})

/** What a collector has to know and hold to use a broker of its own: one file, private. */
export type BrokerFile = z.output<typeof brokerFile>

/** Reads it. Throws UsageError for a file that is none, or that others can read. */
export const readBrokerFile = async (file: string): Promise<BrokerFile> => {
  try {
    const bytes = await readPrivateFile(file)
    if (bytes === undefined) throw new UsageError(`There is no file ${file}; "rollcall nats config" makes one.`)
    return brokerFile.parse(JSON.parse(Buffer.from(bytes).toString('utf8')))
  } catch (error) {
    if (error instanceof UsageError) throw error
    if (error instanceof KeyFileError) throw new UsageError(error.message, { cause: error })
    // What it holds is secret: of what is wrong with it nothing is repeated.
    throw new UsageError(`${file} is not what "rollcall nats config" wrote for the collector.`)
  }
}

export const writeBrokerFile = (file: string, content: BrokerFile): Promise<void> =>
  writePrivateFile(file, Buffer.from(`${JSON.stringify(content, undefined, 2)}\n`))
