import { parseTarget, formatTarget } from '@rollcall/contract'
import { approvePins, forgetPins, listCertificatePins, type CertificatePin } from '@rollcall/reach'
import { EXIT, readArgs, type Command } from '../command.ts'
import { certificatesIn } from '../directory-options.ts'
import { stateFolder } from '../folders.ts'
import { textTable } from '../terminal/table.ts'
import { UsageError } from '../usage-error.ts'

export const certificates: Command = {
  name: 'certificates',
  summary: 'list, approve and forget the certificates of directories that were pinned on first use',
  help: `Usage:
  rollcall certificates [--json]
  rollcall certificates approve NAME… | --all
  rollcall certificates forget NAME…

A certificate that no authority vouches for is pinned when it is first seen, and no password is
sent there. Compare its fingerprint with what the server itself says
("openssl x509 -in FILE -noout -fingerprint -sha256"), then approve it. Forget the certificate of a
server that got a new one; the next scan sees it for the first time. Where an authority vouches for
your directories, name it with --ca instead, and nothing has to be approved.
NAME is the directory, such as ldaps://dc.example.com, or the fingerprint. A running collector
notices at once.

Options:
  --data DIR   the data folder
`,

  async run(args) {
    const { values, positionals } = readArgs(args, {
      data: { type: 'string' },
      json: { type: 'boolean' },
      all: { type: 'boolean' },
    })
    const file = certificatesIn(values.data ?? stateFolder())
    const [action = 'list', ...names] = positionals
    const pins = await listCertificatePins(file)
    switch (action) {
      case 'list':
        return list(pins, values.json === true)
      case 'approve':
        if (names.length === 0 && values.all !== true)
          throw new UsageError('Which ones? rollcall certificates approve NAME… or --all')
        return told(await approvePins(file, values.all === true ? 'all' : named(pins, names)), 'approved')
      case 'forget':
        if (names.length === 0) throw new UsageError('Which ones? rollcall certificates forget NAME…')
        return told(await forgetPins(file, named(pins, names)), 'forgotten')
      default:
        throw new UsageError(`"rollcall certificates ${action}" is not known; see "rollcall certificates --help".`)
    }
  },
}

/** The directories that are meant, by themselves or by their fingerprint as Rollcall or openssl write it. */
const named = (pins: readonly CertificatePin[], names: readonly string[]): string[] => {
  const wanted = new Set(
    names.map((name) => {
      const target = name.includes('://') ? parseTarget(name) : undefined
      return target === undefined ? plain(name) : formatTarget(target)
    }),
  )
  return pins.filter((pin) => wanted.has(pin.target) || wanted.has(plain(pin.fingerprint))).map(({ target }) => target)
}

const plain = (fingerprint: string) =>
  fingerprint
    .replace(/^sha-?256(?::| fingerprint=)/i, '')
    .replaceAll(':', '')
    .toLowerCase()

const list = (pins: readonly CertificatePin[], json: boolean) => {
  process.stdout.write(
    json
      ? pins.map(({ target, ...pin }) => `${JSON.stringify({ name: target, ...pin })}\n`).join('')
      : textTable(
          ['NAME', 'TRUSTED FOR', 'FINGERPRINT'],
          pins.map(({ target, fingerprint, approved }) => [
            target,
            approved ? 'all logins' : 'reading without a password',
            fingerprint,
          ]),
          undefined,
          100,
        ),
  )
  return EXIT.done
}

const told = (count: number, what: string) => {
  process.stdout.write(`${count} ${what}.\n`)
  return count === 0 ? EXIT.usage : EXIT.done
}
