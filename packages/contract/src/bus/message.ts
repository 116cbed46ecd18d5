import { z } from 'zod'

/** A message on the bus: its type, the version of its shape, and the body. Unknown fields are ignored. */
export const envelope = z.object({ type: z.string().max(64), version: z.int().positive(), body: z.unknown() })
export type Envelope = z.output<typeof envelope>

export type MessageRefusal =
  | 'not-a-message'
  | 'other-type'
  | 'unknown-version'
  | 'malformed'
  // What is wrong with who it is from
  | 'not-signed'
  | 'unknown-agent'
  | 'unknown-key'
  | 'bad-signature'
  | 'too-large'
  | 'waiting'
  | 'quarantined'
  | 'revoked'

/** Why a message was refused: by name, so that either side can say which upgrade is missing, or whom it was not believed. */
export class MessageRefused extends Error {
  override readonly name = 'MessageRefused'
  readonly code: MessageRefusal

  constructor(code: MessageRefused['code'], sentence: string, options?: ErrorOptions) {
    super(sentence, options)
    this.code = code
  }
}

/** A kind of message: written in its newest version, read in every version that was ever released. */
export interface Message<Body> {
  readonly type: string
  readonly version: number
  /** The envelope of a body; the body is taken as it is, since its type is already checked. */
  write(body: Body): Envelope
  /** Parses and lifts to the newest version. Throws MessageRefused. */
  read(message: unknown): Body
  /** Adds an older version and how it becomes the one after it. */
  since<OldShape extends z.ZodType>(
    version: number,
    shape: OldShape,
    lift: (old: z.output<OldShape>) => unknown,
  ): Message<Body>
}

type Older = { shape: z.ZodType; lift: (old: never) => unknown }

/** Declares a message. `shape` is that of `version`; older ones are added with `since`. */
export const message = <Shape extends z.ZodType>(
  type: string,
  version: number,
  shape: Shape,
  older: ReadonlyMap<number, Older> = new Map(),
): Message<z.output<Shape>> => ({
  type,
  version,
  write: (body) => ({ type, version, body }),

  read(raw) {
    const outer = envelope.safeParse(raw)
    if (!outer.success)
      throw new MessageRefused('not-a-message', `expected {type, version, body} of ${type}`, { cause: outer.error })
    if (outer.data.type !== type) throw new MessageRefused('other-type', `expected ${type}, got ${outer.data.type}`)
    let { version: from, body } = outer.data
    for (; from < version; from++) {
      const step = older.get(from)
      if (!step) break
      body = step.lift(parse(step.shape, body, type, from) as never)
    }
    if (from !== version)
      throw new MessageRefused(
        'unknown-version',
        `${type} version ${outer.data.version} is not known here; the newest known is ${version}`,
      )
    return parse(shape, body, type, version) as z.output<Shape>
  },

  since: (old, oldShape, lift) => message(type, version, shape, new Map([...older, [old, { shape: oldShape, lift }]])),
})

const parse = (shape: z.ZodType, body: unknown, type: string, version: number) => {
  const result = shape.safeParse(body)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw new MessageRefused(
    'malformed',
    `${type} version ${version}: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`.trim(),
    { cause: result.error },
  )
}
