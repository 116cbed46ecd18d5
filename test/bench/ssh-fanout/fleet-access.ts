import { text } from 'node:stream/consumers'

/** What a scanner of the fleet is told on its standard input. */
export interface FleetAccess {
  readonly addresses: readonly string[]
  readonly port: number
  readonly user: string
  readonly loginKey: string
  readonly knownHosts: string
  /** Hosts at the same time. */
  readonly atOnce: number
  /** The shell line that stands for a scan where nothing is parsed. */
  readonly line: string
}

export const fleetAccess = async (): Promise<FleetAccess> => JSON.parse(await text(process.stdin)) as FleetAccess

/** Does the work for every address, as many at once as told. */
export const forAll = async (
  { addresses, atOnce }: FleetAccess,
  work: (address: string) => Promise<void>,
): Promise<void> => {
  const left = addresses[Symbol.iterator]()
  const worker = async () => {
    for (const address of left) await work(address)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}
