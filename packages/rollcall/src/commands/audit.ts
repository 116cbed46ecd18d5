import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { pipeline } from 'node:stream/promises'
import { verifyAudit, type AuditAnchor } from '@rollcall/collector'
import { z } from 'zod'
import { EXIT, readArgs, type Command } from '../command.ts'
import { stateFolder } from '../folders.ts'
import { localApi } from '../local-api.ts'
import { UsageError } from '../usage-error.ts'

export const audit: Command = {
  name: 'audit',
  summary: 'export the audit log, and prove that nothing in it was changed',
  help: `Usage:
  rollcall audit export [--out FILE]      lines of JSON: every entry, and where the collector signed
  rollcall audit verify FILE              needs no collector and no network

Each entry holds the hash of the one before it, and every thousand entries, or five minutes, the collector signs
where the log ends. Agents keep the newest of these. "verify" shows that nothing was changed, put in or taken out up
to what somebody else knows; it does not show that what was written down was true.

Options:
  --key KEY        the public key that may have signed, as "verify" printed it the first time
  --anchor FILE    what an agent was told last: "audit-witness" in its data folder
  --data DIR       the data folder of the running collector
`,

  async run(args) {
    const { values, positionals } = readArgs(args, {
      data: { type: 'string' },
      out: { type: 'string' },
      key: { type: 'string' },
      anchor: { type: 'string' },
      json: { type: 'boolean' },
    })
    const [action, file] = positionals
    if (action === 'export') return exported(values.data ?? stateFolder(), values.out)
    if (action !== 'verify')
      throw new UsageError('"rollcall audit" has "export" and "verify"; see "rollcall audit --help".')
    if (file === undefined) throw new UsageError('Which file? rollcall audit verify FILE')
    return verified(file, values.key, values.anchor, values.json === true)
  },
}

const exported = async (folder: string, out: string | undefined): Promise<number> => {
  const stream = await localApi(folder).stream('/api/v1/audit/export', 'application/x-ndjson')
  if (out === undefined) {
    await pipeline(stream, process.stdout, { end: false })
    return EXIT.done
  }
  const file = await open(out, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`${out} cannot be written: ${error.code === 'EEXIST' ? 'it is there already' : error.code}.`)
  })
  await pipeline(stream, file.createWriteStream())
  return EXIT.done
}

const anchorShape = z.object({ checkpoint: z.object({ seq: z.int(), hash: z.string(), key: z.string() }) })

const verified = async (
  file: string,
  key: string | undefined,
  anchor: string | undefined,
  json: boolean,
): Promise<number> => {
  const known = anchor === undefined ? undefined : await anchorIn(anchor)
  const expected: AuditAnchor = {
    ...((key ?? known?.key) === undefined ? {} : { key: (key ?? known?.key)! }),
    ...(known === undefined ? {} : { seen: known }),
  }
  const text = createReadStream(file)
  const missing = new Promise<never>((_, reject) =>
    text.once('error', (error: NodeJS.ErrnoException) =>
      reject(new UsageError(`${file} cannot be read: ${error.code ?? 'unknown error'}.`)),
    ),
  )
  const verdict = await Promise.race([verifyAudit(createInterface({ input: text }), expected), missing])
  if (json) process.stdout.write(`${JSON.stringify({ ...verdict, problem: verdict.problem ?? null })}\n`)
  else
    process.stdout.write(
      `${[
        verdict.problem === undefined
          ? `Nothing was changed: ${verdict.entries} entries, ${verdict.checkpoints} signatures, the last at entry ${verdict.vouched}.`
          : `Not as it was written: ${verdict.problem}.`,
        ...verdict.keys.map((one) => `Signed by ${one}`),
        ...(verdict.problem === undefined && key === undefined && known === undefined
          ? ['Whose key that is, only somebody else can tell: compare it with --key, or with an agent by --anchor.']
          : []),
      ].join('\n')}\n`,
    )
  return verdict.problem === undefined ? EXIT.done : EXIT.incomplete
}

const anchorIn = async (file: string) => {
  const opened = await open(file, 'r').catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`${file} cannot be read: ${error.code ?? 'unknown error'}.`)
  })
  try {
    const read = anchorShape.safeParse(JSON.parse(await opened.readFile('utf8')))
    if (read.success) return read.data.checkpoint
  } catch {
    // Said below: whatever it is, it is no such file.
  } finally {
    await opened.close()
  }
  throw new UsageError(`${file} is not what an agent keeps of the audit log.`)
}
