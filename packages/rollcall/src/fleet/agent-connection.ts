import { readFile } from 'node:fs/promises'
import type { BrokerTls } from '@rollcall/bus'
import { secretFile } from '../secret-file.ts'
import { UsageError } from '../usage-error.ts'

/** How an agent reaches the broker, as its command line says. */
export const BROKER_ARGS = {
  server: { type: 'string', multiple: true },
  'broker-ca': { type: 'string' },
  'broker-cert': { type: 'string' },
  'broker-key': { type: 'string' },
} as const

export const BROKER_HELP = `Reaching the broker:
  --server ADDRESS   such as tls://broker.example.com:4222; with several, whichever answers
  --broker-ca FILE   authorities that may vouch for the broker (PEM), in place of what the token says
  --broker-cert FILE --broker-key FILE   a certificate of this machine, for a broker that wants one
`

export interface BrokerArgs {
  readonly server?: string[] | undefined
  readonly 'broker-ca'?: string | undefined
  readonly 'broker-cert'?: string | undefined
  readonly 'broker-key'?: string | undefined
}

/** The addresses. Throws UsageError for what is none. */
export const serversOf = ({ server = [] }: BrokerArgs): readonly string[] => {
  for (const address of server)
    if (!/^(?:nats|tls):\/\/(?:\[[0-9a-f:]+\]|[\w.-]+)(?::\d{1,5})?$/i.test(address))
      throw new UsageError(`--server is an address such as tls://broker.example.com:4222, not "${address}".`)
  return server
}

/** What is believed about the broker's certificate; undefined where the broker is spoken to in clear. */
export const tlsOf = async (
  args: BrokerArgs,
  servers: readonly string[],
  pin: string | undefined,
): Promise<BrokerTls | undefined> => {
  if (servers.every((server) => server.startsWith('nats://')) && args['broker-ca'] === undefined && pin === undefined)
    return undefined
  const pem = async (file: string | undefined) =>
    file === undefined
      ? undefined
      : readFile(file, 'utf8').catch((error: unknown) => {
          throw new UsageError(`${file} cannot be read.`, { cause: error })
        })
  const [ca, cert] = [await pem(args['broker-ca']), await pem(args['broker-cert'])]
  const key = args['broker-key'] === undefined ? undefined : (await secretFile(args['broker-key'])).reveal()
  return {
    ...(ca === undefined ? (pin === undefined ? {} : { pin }) : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  }
}
