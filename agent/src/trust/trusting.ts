import { createHash } from 'node:crypto'
import type { Bus } from '@rollcall/bus'
import type { TrustedKey } from '@rollcall/contract'
import { trustDigestText, type HostKeysOrder, type SeenKey, type TrustOrder } from '@rollcall/contract/bus'
import {
  forgetPins,
  keyFingerprint,
  listCertificatePins,
  listPins,
  pinName,
  vouchForCertificates,
  vouchForKeys,
  type CertificatePins,
  type HostKey,
  type HostKeys,
} from '@rollcall/reach'
import type { Logger } from 'pino'
import { collecting, type CollectingDeps } from './collecting.ts'
import { trustTelling } from './telling.ts'

/** Where an agent writes down by which keys it knows targets. */
export interface TrustFiles {
  /** In the format of known_hosts. */
  readonly hostKeys: string
  readonly certificates: string
}

/** What an agent does about trust besides using it: it tells what it pins and what it is shown, asks for keys, and keeps what people decide. */
export interface AgentTrusting extends AsyncDisposable {
  /** The same, and what is pinned or shown there is told. */
  hostKeys(hostKeys: HostKeys): HostKeys
  certificates(pins: CertificatePins): CertificatePins
  decide(order: TrustOrder): Promise<void>
  collect(order: HostKeysOrder, signal: AbortSignal): Promise<void>
}

export type CollectingTools = Omit<CollectingDeps, 'tell' | 'now'>

export interface TrustingOptions {
  readonly agent: string
  readonly bus: Bus
  readonly files: TrustFiles
  /** How keys are asked for; read when an order comes. */
  readonly collecting: () => CollectingTools
  readonly now: () => Date
  readonly log: Logger
}

export const agentTrusting = async (options: TrustingOptions): Promise<AgentTrusting> => {
  const { agent, bus, files, now, log } = options
  const telling = trustTelling({ agent, bus, log })
  const at = () => now().toISOString()

  const tellAll = async () => {
    const [hosts, certificates] = await Promise.all([listPins(files.hostKeys), listCertificatePins(files.certificates)])
    const keys: SeenKey[] = [
      ...hosts.map(({ name, key, standing, revoked }) => ({
        kind: 'host-key' as const,
        name,
        key: ofHost(key),
        standing: revoked ? ('revoked' as const) : standing,
        at: at(),
      })),
      ...certificates
        .filter(({ fingerprint }) => FINGERPRINT.test(fingerprint))
        .map(({ target, fingerprint, approved }) => ({
          kind: 'certificate' as const,
          name: target,
          key: ofCertificate(fingerprint),
          standing: approved ? ('approved' as const) : ('first-use' as const),
          at: at(),
        })),
    ]
    for (const key of keys) telling.see(key)
    const vouched = keys.flatMap(({ kind, name, key: { fingerprint }, standing }) =>
      standing === 'approved' || standing === 'revoked'
        ? [{ kind, name, fingerprint, revoked: standing === 'revoked' }]
        : [],
    )
    telling.vouched(createHash('sha256').update(trustDigestText(vouched)).digest('hex'))
  }
  // A file that cannot be read is told by whoever needs it; the agent goes on with what it can do.
  await tellAll().catch((error: unknown) => log.error({ err: error }, 'what is pinned could not be told'))

  return {
    hostKeys: (hostKeys) => {
      const changed = async (host: string, port: number, key: HostKey) => {
        const { keys } = await hostKeys.of(host, port)
        telling.see({
          kind: 'host-key',
          name: pinName(host, port),
          key: ofHost(key),
          standing: 'changed',
          at: at(),
          expected: keys.slice(0, 16).map(ofHost),
        })
      }
      return {
        of: (host, port) => hostKeys.of(host, port),
        malformed: () => hostKeys.malformed(),
        async pin(host, port, key, standing = 'first-use') {
          const pinned = await hostKeys.pin(host, port, key, standing)
          if (pinned === 'differs') await changed(host, port, key)
          else telling.see({ kind: 'host-key', name: pinName(host, port), key: ofHost(key), standing, at: at() })
          return pinned
        },
        shown: changed,
      }
    },
    certificates: (pins) => {
      const changed = async (target: string, fingerprint: string) => {
        const pin = await pins.of(target)
        telling.see({
          kind: 'certificate',
          name: target,
          key: ofCertificate(fingerprint),
          standing: 'changed',
          at: at(),
          expected: pin === undefined || !FINGERPRINT.test(pin.fingerprint) ? [] : [ofCertificate(pin.fingerprint)],
        })
      }
      return {
        of: (target) => pins.of(target),
        async pin(target, fingerprint) {
          const pinned = await pins.pin(target, fingerprint)
          if (pinned === 'differs') await changed(target, fingerprint)
          else
            telling.see({
              kind: 'certificate',
              name: target,
              key: ofCertificate(fingerprint),
              standing: 'first-use',
              at: at(),
            })
          return pinned
        },
        shown: changed,
      }
    },
    async decide({ decisions }) {
      const [forgotten, vouched] = [
        decisions.filter(({ verdict }) => verdict === 'forget'),
        decisions.filter(({ verdict }) => verdict !== 'forget'),
      ]
      const namesOf = (kind: SeenKey['kind']) => forgotten.flatMap((one) => (one.kind === kind ? [one.name] : []))
      await forgetPins(files.hostKeys, namesOf('host-key'))
      await forgetPins(files.certificates, namesOf('certificate'))
      await vouchForKeys(
        files.hostKeys,
        vouched.flatMap(({ kind, name, key, verdict }) =>
          kind === 'host-key' && key?.blob !== undefined
            ? [{ name, key: hostKeyOf(key.algorithm, key.blob), revoked: verdict === 'revoke' }]
            : [],
        ),
      )
      await vouchForCertificates(
        files.certificates,
        vouched.flatMap(({ kind, name, key }) =>
          kind === 'certificate' && key !== undefined ? [{ target: name, fingerprint: key.fingerprint }] : [],
        ),
      )
      for (const { kind, name, key, verdict } of vouched)
        if (key !== undefined)
          telling.see({ kind, name, key, standing: verdict === 'revoke' ? 'revoked' : 'approved', at: at() })
    },
    collect: (order, signal) =>
      collecting(
        order,
        { ...options.collecting(), tell: (progress) => telling.tell(`collection ${order.run}`, progress), now },
        signal,
      ),
    [Symbol.asyncDispose]: () => telling[Symbol.asyncDispose](),
  }
}

const FINGERPRINT = /^SHA256:[0-9a-f]{64}$/

const ofHost = ({ algorithm, blob }: HostKey): TrustedKey => ({
  algorithm,
  fingerprint: keyFingerprint(blob),
  blob: Buffer.from(blob).toString('base64'),
})

const ofCertificate = (fingerprint: string): TrustedKey => ({ algorithm: 'x509', fingerprint })

const hostKeyOf = (algorithm: string, blob: string): HostKey => ({
  algorithm,
  blob: Uint8Array.from(Buffer.from(blob, 'base64')),
})
