import { addedException, exceptionList, type ExceptionMatch } from '@rollcall/contract/api'
import { EXIT, readArgs, type Command } from '../command.ts'
import { stateFolder } from '../folders.ts'
import { localApi } from '../local-api.ts'
import { textTable } from '../terminal/table.ts'
import { UsageError } from '../usage-error.ts'

export const exceptions: Command = {
  name: 'exceptions',
  summary: 'stored credentials that are left as they are, and why',
  help: `Usage:
  rollcall exceptions [--json]
  rollcall exceptions add --reason TEXT [--until DATE] --place ID | --secret DIGEST | PATTERN…
  rollcall exceptions remove ID

Patterns (all that are given must match; "*" is any text, "?" any sign):
  --path, --name, --account, --host, --detector PATTERN

Options:
  --place ID       the credential of this id, as "rollcall view stored_credentials --csv --columns id,path" tells it
  --secret DIGEST  the secret of this digest, wherever it lies
  --reason TEXT    why; auditors read this
  --until DATE     such as 2027-03-31; without it, until it is removed
  --data DIR       the data folder of the running collector
`,

  async run(args) {
    const text = { type: 'string' } as const
    const { values, positionals } = readArgs(args, {
      data: text,
      json: { type: 'boolean' },
      place: text,
      secret: text,
      reason: text,
      until: text,
      path: text,
      name: text,
      account: text,
      host: text,
      detector: text,
    })
    const api = localApi(values.data ?? stateFolder())
    const [action = 'list', subject] = positionals
    if (action === 'list') {
      const { exceptions: known } = await api.call('GET', '/api/v1/exceptions', exceptionList)
      process.stdout.write(
        values.json === true
          ? known.map((exception) => `${JSON.stringify(exception)}\n`).join('')
          : textTable(
              ['ID', 'WHAT', 'PLACES', 'UNTIL', 'BY', 'REASON'],
              known.map((exception) => [
                exception.id,
                whatOf(exception.match),
                `${exception.credentials}`,
                exception.expires ?? 'removed',
                exception.addedBy,
                exception.reason,
              ]),
              process.stdout.isTTY ? process.stdout.columns : undefined,
            ),
      )
      return EXIT.done
    }
    if (action === 'add') {
      if (values.reason === undefined) throw new UsageError('Why? Say it with --reason.')
      const { exception } = await api.call('POST', '/api/v1/exceptions', addedException, {
        match: matchOf(values),
        reason: values.reason,
        expires: values.until === undefined ? null : endOf(values.until),
      })
      process.stdout.write(`${exception.id}\n`)
      process.stderr.write(`It holds for ${exception.credentials} places.\n`)
      return EXIT.done
    }
    if (action === 'remove') {
      if (subject === undefined) throw new UsageError('Which one? rollcall exceptions remove ID')
      await api.call('DELETE', `/api/v1/exceptions/${encodeURIComponent(subject)}`, exceptionList)
      process.stdout.write('Removed.\n')
      return EXIT.done
    }
    throw new UsageError(`"rollcall exceptions ${action}" is not known; see "rollcall exceptions --help".`)
  },
}

const FIELDS = ['path', 'name', 'account', 'host', 'detector'] as const

const matchOf = (
  values: Partial<Record<'place' | 'secret' | (typeof FIELDS)[number], string | undefined>>,
): ExceptionMatch => {
  const pattern = FIELDS.flatMap((field) => (values[field] === undefined ? [] : [[field, values[field]] as const]))
  const ways = [values.place, values.secret, pattern.length > 0 || undefined].filter((way) => way !== undefined)
  if (ways.length !== 1) throw new UsageError('Say what is meant in one way: --place, --secret, or patterns.')
  if (values.place !== undefined) return { by: 'place', id: values.place }
  if (values.secret !== undefined) return { by: 'secret', digest: values.secret }
  return { by: 'pattern', ...Object.fromEntries(pattern) }
}

/** A day as a whole is still meant; an instant is that instant. */
const endOf = (text: string): string => {
  const end = new Date(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T23:59:59.999Z` : text)
  if (Number.isNaN(end.getTime())) throw new UsageError(`"${text}" is no date; write it as 2027-03-31.`)
  return end.toISOString()
}

const whatOf = (match: ExceptionMatch): string => {
  if (match.by === 'place') return `place ${match.id}`
  if (match.by === 'secret') return `secret ${match.digest}`
  return FIELDS.flatMap((field) => (match[field] === undefined ? [] : [`${field} ${match[field]}`])).join(', ')
}
