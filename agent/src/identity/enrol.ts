import { createHmac, hash, sign, timingSafeEqual } from 'node:crypto'
import { BusError, type Line } from '@rollcall/bus'
import { parseJoinToken, type JoinToken } from '@rollcall/contract'
import {
  admission,
  describeFleetRefusal,
  enrolAnswer,
  enrolRequest,
  MessageRefused,
  subjects,
  type Admission,
  type EnrolAnswer,
  type FleetRefusal,
  type Joining,
} from '@rollcall/contract/bus'
import { seal, SealError, unseal, type Secret } from '@rollcall/secret'
import { policyOf, type AgentKeyRing, type Identity, type IdentityFile, type NewTransportKey } from './identity.ts'

/** Why this did not become an agent, in a sentence. What was there before is as it was. */
export class NotLetIn extends Error {
  override readonly name = 'NotLetIn'
  readonly code: FleetRefusal | 'not-a-token' | 'no-answer'

  constructor(code: NotLetIn['code'], sentence: string, options?: ErrorOptions) {
    super(sentence, options)
    this.code = code
  }
}

export interface EnrolOptions {
  readonly token: Secret
  readonly identity: IdentityFile
  /** To the broker, with what the token lets one say there. */
  readonly line: Line
  readonly newTransport: NewTransportKey
  readonly servers: readonly string[]
  readonly about: Joining['about']
  readonly now: () => Date
  readonly timeoutMs?: number
}

/** A join token, read. Throws NotLetIn. */
export const readToken = (token: Secret): JoinToken => {
  const read = parseJoinToken(token.reveal())
  if (read === undefined)
    throw new NotLetIn(
      'not-a-token',
      'This is no join token, or not all of it: it begins with "rcj1." and has five parts.',
    )
  return read
}

/**
 * Becomes an agent: shows who knows the token's secret which keys it has, and keeps what it is told. The keys are on the disk before they are
 * shown, and the same token with the same keys gets the same answer, so that it can be tried again whatever happened. Throws NotLetIn.
 */
export const enrol = async (options: EnrolOptions): Promise<Identity> => {
  const { identity, line, now, servers, about, newTransport } = options
  const token = readToken(options.token)
  const keys = await identity.keysFor(token.id, newTransport)
  const ask = async (body: Parameters<typeof enrolRequest.write>[0]): Promise<EnrolAnswer> => {
    try {
      const answer = await line.ask(subjects.enrol(token.id), enrolRequest.write(body), {
        timeoutMs: options.timeoutMs ?? ANSWER_MS,
      })
      return enrolAnswer.read(answer)
    } catch (error) {
      if (error instanceof MessageRefused)
        throw refused(error.code === 'unknown-version' ? 'old-version' : 'malformed', { cause: error })
      if (error instanceof BusError && error.code === 'no-answer')
        throw new NotLetIn(
          'no-answer',
          'Nobody answered: the collector is not running, or the broker does not carry the token because it has expired. Try again with the same token, or make a new one.',
          { cause: error },
        )
      throw error
    }
  }

  const known = await ask({ step: 'keys', version: about.version })
  if (known.step !== 'keys') throw refused(known.step === 'refused' ? known.code : 'malformed')
  const [enrolmentKey, rootKey] = [fromText(known.enrolmentKey), fromText(known.rootKey)]
  if (namedKeys(enrolmentKey, rootKey) !== token.keys) throw refused('wrong-collector')

  const at = now().toISOString()
  const answer = await ask({
    step: 'join',
    version: about.version,
    at,
    sealed: text(
      seal(
        enrolmentKey,
        { info: JOIN_INFO, about: `${token.id} ${at}` },
        Buffer.from(JSON.stringify(proven(token, keys, about))),
      ),
    ),
  })
  if (answer.step !== 'joined') throw refused(answer.step === 'refused' ? answer.code : 'malformed')
  const told = opened(answer.sealed, token, keys, at)
  if (told === undefined || told.rootKey !== known.rootKey) throw refused('wrong-collector')
  const policy = fromText(told.policy)
  if (policyOf(policy, rootKey) === undefined) throw refused('wrong-collector')
  const fresh: Identity = {
    agent: told.agent,
    name: told.name,
    segment: told.segment,
    generation: told.generation,
    keys,
    permit: told.permit,
    permitUntil: told.permitUntil,
    servers,
    ...(token.pin === undefined ? {} : { pin: token.pin }),
    rootKey,
    policy,
    enrolledAt: told.at,
    state: told.state,
  }
  await identity.write(fresh)
  return fresh
}

const ANSWER_MS = 20_000

const JOIN_INFO = 'rollcall enrolment 1'
const ADMISSION_INFO = 'rollcall admission 1'
const JOIN_PURPOSE = 'rollcall joining 1\0'
const ADMISSION_PURPOSE = 'rollcall admission 1\0'

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url')
const fromText = (encoded: string) => Buffer.from(encoded, 'base64url')

const refused = (code: FleetRefusal, options?: ErrorOptions) =>
  new NotLetIn(code, `Not let in: ${describeFleetRefusal(code)}.`, options)

const namedKeys = (enrolmentKey: Uint8Array, rootKey: Uint8Array) =>
  hash('sha256', Buffer.concat([enrolmentKey, rootKey]), 'buffer')
    .subarray(0, 16)
    .toString('base64url')

/** What is sealed to the collector, signed by the key that it shows. */
const proven = (token: JoinToken, keys: AgentKeyRing, about: Joining['about']): Joining => {
  const rest: Omit<Joining, 'proof'> = {
    token: token.id,
    secret: token.secret,
    keys: {
      transport: keys.transport.public,
      signing: text(keys.signing.public),
      sealing: text(keys.sealing.public),
    },
    about,
  }
  const proof = sign(null, Buffer.from(`${JOIN_PURPOSE}${JSON.stringify(rest)}`), keys.signing.private)
  return { ...rest, proof: text(proof) }
}

/** What somebody sealed to us who knows the token's secret; undefined for anything else. */
const opened = (sealed: string, token: JoinToken, keys: AgentKeyRing, at: string): Admission | undefined => {
  try {
    const secret = unseal(keys.sealing, { info: ADMISSION_INFO, about: `${token.id} ${at}` }, fromText(sealed))
    // The proof is over what was written, whatever of it is known here.
    const raw: unknown = JSON.parse(secret.reveal())
    const said = admission.safeParse(raw)
    if (!said.success) return undefined
    const { proof, ...rest } = raw as Admission
    const expected = createHmac('sha256', fromText(token.secret))
      .update(`${ADMISSION_PURPOSE}${JSON.stringify(rest)}`)
      .digest()
    const given = fromText(proof)
    return given.length === expected.length && timingSafeEqual(given, expected) ? said.data : undefined
  } catch (error) {
    if (error instanceof SealError || error instanceof SyntaxError) return undefined
    throw error
  }
}
