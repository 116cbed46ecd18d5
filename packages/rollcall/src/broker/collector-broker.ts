import { join } from 'node:path'
import {
  accountJwt,
  agentPermissions,
  certificatePin,
  COLLECTOR_INBOX,
  collectorPermissions,
  connectNats,
  enrolmentPermissions,
  fleetStreams,
  isNatsUserKey,
  jetStreamBus,
  natsLine,
  natsPublicKey,
  newNatsKey,
  orderSubjects,
  plainWire,
  pushAccount,
  userJwt,
  type BrokerConnection,
  type BrokerState,
  type JetStreamBus,
  type Line,
  type Permissions,
  type Wire,
} from '@rollcall/bus'
import type { FleetBroker } from '@rollcall/collector'
import { readPrivateFile, writePrivateFile } from '@rollcall/secret'
import type { Logger } from 'pino'
import { z } from 'zod'
import type { BrokerFile } from './broker-file.ts'
import { rollcallAccount } from './new-broker.ts'

/** The broker, as the collector uses it. */
export interface CollectorBroker extends AsyncDisposable {
  /** Lets agents in, and cuts them off. */
  readonly fleet: FleetBroker
  /** Where it was last seen. */
  readonly state: BrokerState
  /** Whether agents have to show a certificate of the broker's authority too. */
  readonly clientCertificates: boolean
  /** Opens what the collector speaks over. Nothing waits for the broker to be there. */
  open(wire: Wire, told: Told): OpenBroker
}

export interface OpenBroker extends AsyncDisposable {
  readonly bus: JetStreamBus
  readonly line: Line
}

export interface Told {
  /** A message was put aside: its subject, and why. */
  readonly onAside: (subject: string, error: unknown) => void
  /** A word was not believed. */
  readonly onRefused: (subject: string, error: unknown) => void
}

export interface CollectorBrokerOptions {
  readonly file: BrokerFile
  /** The collector's own, for who was cut off. */
  readonly folder: string
  readonly now: () => Date
  readonly log: Logger
}

/** What somebody was permitted longer ago than any permit lasts need not be revoked any more. */
const REVOKED_FOR_MS = 30 * 86_400_000

const revocations = z.record(z.string(), z.iso.datetime())

/** Opens the broker of a file that `newBroker` wrote. It need not be there yet. */
export const collectorBroker = async (options: CollectorBrokerOptions): Promise<CollectorBroker> => {
  const { file, folder, now, log } = options
  const [issuing, operator, system] = [file.issuing, file.operator, file.system].map((text) => Buffer.from(text))
  const revokedFile = join(folder, 'revoked.json')
  const revoked = await readRevoked(revokedFile, now())
  const segments = new Set<string>()
  let open: JetStreamBus | undefined
  let state: BrokerState = { state: 'connecting' }

  const account = () => accountJwt(rollcallAccount(file.account, natsPublicKey(issuing!), revoked, now()), operator!)

  /** A login for ourselves, made anew for each connection. */
  const login = (signer: Uint8Array, of: string, name: string, permissions: Permissions | undefined) => {
    const seed = newNatsKey('user')
    const jwt = () =>
      userJwt(
        { user: natsPublicKey(seed), name, account: of, permissions, issuedAt: now(), expiresAt: in24Hours(now()) },
        signer,
      )
    return { kind: 'jwt', jwt, seed: () => seed } as const
  }

  const connection = (wire: Wire, name: string, who: ReturnType<typeof login>, inboxPrefix: string, loud: boolean) =>
    connectNats({
      servers: file.servers,
      wire,
      name,
      login: who,
      tls: {
        ca: file.ca,
        ...(file.certificate === undefined || file.key === undefined ? {} : { cert: file.certificate, key: file.key }),
      },
      inboxPrefix,
      onState(next) {
        if (loud) state = next
        if (loud && next.state === 'connecting')
          log.warn({ reason: next.reason }, 'there is no connection to the broker')
        if (loud && next.state === 'connected') log.info({ version: next.version }, 'connected to the broker')
      },
      onTrouble: (sentence, error) => log.warn({ err: error }, sentence),
    })

  const systemConnection: BrokerConnection = connection(
    plainWire,
    'rollcall system',
    login(system!, natsPublicKey(system!), 'collector', undefined),
    '_INBOX.system',
    false,
  )
  // A broker that was set up anew, or was away when somebody was cut off, learns of it as soon as it is there.
  const forget = systemConnection.onConnected(() => {
    if (revoked.size === 0) return
    void pushAccount(systemConnection, account()).catch((error: unknown) =>
      log.warn({ err: error }, 'the broker does not take who is cut off'),
    )
  })

  const prepare = (segment: string) => {
    segments.add(segment)
    for (const subject of orderSubjects(segment)) open?.prepare(subject)
  }

  return {
    clientCertificates: file.certificate !== undefined,
    get state() {
      return state
    },

    fleet: {
      pin: certificatePin(file.ca),
      servers: file.servers,
      accepts: isNatsUserKey,
      prepare,
      async invitation(token, until) {
        return userJwt(
          {
            // Nobody has the seed of this one: the words alone let in, to ask one thing, until the token ends.
            user: natsPublicKey(newNatsKey('user')),
            name: `join ${token}`,
            account: file.account,
            permissions: enrolmentPermissions(token),
            issuedAt: now(),
            expiresAt: until,
            bearer: true,
          },
          issuing!,
        )
      },
      async permit(agent, until) {
        prepare(agent.segment)
        return userJwt(
          {
            user: agent.transport,
            name: agent.id,
            account: file.account,
            permissions: agentPermissions(agent.id, agent.segment),
            issuedAt: now(),
            expiresAt: until,
          },
          issuing!,
        )
      },
      async revoke(transport, at) {
        const known = revoked.get(transport)
        revoked.set(transport, known === undefined || known < at ? at : known)
        await writeRevoked(revokedFile, revoked)
        await pushAccount(systemConnection, account())
      },
    },

    open(wire, { onAside, onRefused }) {
      const own = connection(
        wire,
        'rollcall collector',
        login(issuing!, file.account, 'collector', collectorPermissions),
        COLLECTOR_INBOX,
        true,
      )
      const bus = jetStreamBus(own, {
        streams: fleetStreams({ replicas: file.replicas }),
        keeps: true,
        onAside,
        onShortcomings(sentences) {
          for (const sentence of sentences) log.warn(sentence)
        },
      })
      const line = natsLine(own, { onRefused })
      open = bus
      for (const segment of segments) prepare(segment)
      return {
        bus,
        line,
        async [Symbol.asyncDispose]() {
          open = undefined
          await bus[Symbol.asyncDispose]()
          await line[Symbol.asyncDispose]()
          await own[Symbol.asyncDispose]()
        },
      }
    },

    async [Symbol.asyncDispose]() {
      forget()
      await systemConnection[Symbol.asyncDispose]()
    },
  }
}

const in24Hours = (at: Date) => new Date(at.getTime() + 86_400_000)

const readRevoked = async (file: string, now: Date): Promise<Map<string, Date>> => {
  const bytes = await readPrivateFile(file)
  if (bytes === undefined) return new Map()
  const known = revocations.parse(JSON.parse(Buffer.from(bytes).toString('utf8')))
  return new Map(
    Object.entries(known)
      .map(([user, at]) => [user, new Date(at)] as const)
      .filter(([, at]) => now.getTime() - at.getTime() < REVOKED_FOR_MS),
  )
}

const writeRevoked = (file: string, revoked: ReadonlyMap<string, Date>) =>
  writePrivateFile(file, Buffer.from(JSON.stringify(Object.fromEntries(revoked))))
