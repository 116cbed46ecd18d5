import { readFile } from 'node:fs/promises'
import { credentialWishes } from '@rollcall/contract'
import { LineCounter, parseDocument } from 'yaml'
import { z } from 'zod'
import { UsageError } from './usage-error.ts'

const filePath = z.string().min(1).max(4096)

/** How Rollcall logs in. Secrets are never written here, only the files that hold them, which nobody else may read. */
const login = z.strictObject({
  user: z.string().min(1).max(64).optional(),
  keyFiles: z.array(filePath).max(5).optional(),
  passphraseFile: filePath.optional(),
  /** Use the SSH agent of SSH_AUTH_SOCK. */
  agent: z.boolean().optional(),
  passwordFile: filePath.optional(),
  /** `if-allowed` tries `sudo -n` once and reads as the user if that is refused. */
  sudo: z.enum(['never', 'if-allowed', 'password']).optional(),
  sudoPasswordFile: filePath.optional(),
  /** Each host has accounts of its own, so that a password rejected on one says nothing of the others; default: one directory may hold them all. */
  localAccounts: z.boolean().optional(),
})

/** How some directories are logged in to, and whom to believe about their certificates. The first entry that a target matches counts. */
const directory = z.strictObject({
  /** Names such as `dc*.example.com`, or whole targets such as `ldaps://ldap.example.com:3636`; `*` is any text. */
  targets: z.array(z.string().min(1).max(512)).min(1).max(1000),
  /** A DN, `user@domain` or `DOMAIN\\user`. */
  bind: z.string().min(1).max(512).optional(),
  passwordFile: filePath.optional(),
  /** A credential that the service manager hands over, by its name. */
  passwordCredential: z
    .string()
    .regex(/^[\w.-]{1,255}$/, 'the name of a credential')
    .optional(),
  /** For a login by certificate; both PEM. */
  clientCertificate: filePath.optional(),
  clientKey: filePath.optional(),
  anonymous: z.boolean().optional(),
  /** Authorities that may vouch for its certificate, in place of this machine's. */
  caFiles: z.array(filePath).min(1).max(20).optional(),
  /** What is done with a certificate that nobody vouches for; default `trust-on-first-use`, which sends no password until it is approved. */
  certificates: z.enum(['strict', 'trust-on-first-use']).optional(),
})

const settings = z.strictObject({
  listen: z
    .string()
    .regex(/^(?:\[[0-9a-f:]+\]|[\w.-]+):\d{1,5}$/i, 'an address and port such as 127.0.0.1:7480')
    .optional(),
  data: filePath.optional(),
  /** When to scan all targets, as a cron expression of five fields, in a time zone of the IANA database. */
  schedule: z.strictObject({ cron: z.string().min(9).max(100), zone: z.string().max(64).optional() }).optional(),
  /** Whether this machine is a target from the first start on; default true. */
  scanThisMachine: z.boolean().optional(),
  /** Targets scanned at the same time; default 64. */
  concurrency: z.int().min(1).max(512).optional(),
  hostKeys: z
    .strictObject({
      /** `strict` logs in to known hosts only; `trust-on-first-use` also pins a new host's key, for key logins. */
      policy: z.enum(['strict', 'trust-on-first-use']).optional(),
      knownHosts: z.array(filePath).max(100).optional(),
    })
    .optional(),
  telemetry: z
    .strictObject({
      /** An OpenTelemetry collector that takes traces as OTLP in JSON over HTTP, such as `http://127.0.0.1:4318`. Default: none. */
      traces: z
        .url({ protocol: /^https?$/ })
        .max(512)
        .optional(),
    })
    .optional(),
  login: login.optional(),
  directories: z.array(directory).max(1000).optional(),
  /** How stored credentials are searched for on targets: what is left out, or all of it, and limits of one scan of one host. */
  credentials: credentialWishes.optional(),
})

/** What can be set in a settings file (YAML or JSON); the command line overrides it. */
export type Settings = z.output<typeof settings>

/** Reads a settings file. Throws UsageError naming file, line, field and what was expected. */
export const readSettings = async (file: string): Promise<Settings> => {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`The settings file ${file} cannot be read: ${error.code ?? error.message}.`, { cause: error })
  })
  return parseSettings(text, file)
}

/** The same from text. */
export const parseSettings = (text: string, file: string): Settings => {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  const [broken] = document.errors
  if (broken !== undefined)
    throw new UsageError(`${file}:${lines.linePos(broken.pos[0]).line}: ${broken.message.split('\n', 1)[0]}`)
  const parsed = settings.safeParse(valuesOf(document, file) ?? {})
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map((issue) => {
    const at = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0]!] : issue.path
    return `${file}:${lineOf(document, lines, at)}: ${at.join('.') || 'the file'}: ${sentence(issue)}`
  })
  throw new UsageError(problems.join('\n'))
}

/** Anchors have no use in settings, and resolving them is how a small file becomes a huge one. */
const valuesOf = (document: ReturnType<typeof parseDocument>, file: string): unknown => {
  try {
    return document.toJS({ maxAliasCount: 0 })
  } catch (error) {
    throw new UsageError(`${file}: anchors and aliases (& and *) are not allowed`, { cause: error })
  }
}

const sentence = (issue: z.core.$ZodIssue): string => {
  switch (issue.code) {
    case 'unrecognized_keys':
      return 'there is no such setting'
    case 'invalid_type':
      return `expected ${issue.expected}`
    case 'invalid_value':
      return `expected one of ${issue.values.map(String).join(', ')}`
    case 'invalid_format':
      return `expected ${issue.message}`
    default:
      return issue.message
  }
}

/** The line of the deepest part of a path that the file has. */
const lineOf = (
  document: ReturnType<typeof parseDocument>,
  lines: LineCounter,
  path: readonly PropertyKey[],
): number => {
  for (let depth = path.length; depth > 0; depth--) {
    const node = document.getIn(path.slice(0, depth), true) as { range?: [number, number, number] } | undefined
    if (node?.range) return lines.linePos(node.range[0]).line
  }
  return 1
}
