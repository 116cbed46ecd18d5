import { createHash } from 'node:crypto'
import { approvePins, forgetPins, listPins } from '@rollcall/reach'
import { EXIT, readArgs, type Command } from '../command.ts'
import { stateFolder } from '../folders.ts'
import { pinsIn } from '../reach-options.ts'
import { textTable } from '../terminal/table.ts'
import { UsageError } from '../usage-error.ts'

export const hostKeys: Command = {
  name: 'host-keys',
  summary: 'list, approve and forget the host keys that were pinned on first use',
  help: `Usage:
  rollcall host-keys [--json]
  rollcall host-keys approve NAME… | --all
  rollcall host-keys forget NAME…

A key that was pinned on first use is trusted for key logins only. Compare it with what the host
itself says ("ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub"), then approve it: passwords may go
there from then on. Forget the key of a host that was rebuilt; the next scan sees it for the first time.
NAME is what the list shows: host, or [host]:port. A running collector notices at once.

Options:
  --data DIR   the data folder
`,

  async run(args) {
    const { values, positionals } = readArgs(args, {
      data: { type: 'string' },
      json: { type: 'boolean' },
      all: { type: 'boolean' },
    })
    const file = pinsIn(values.data ?? stateFolder())
    const [action = 'list', ...names] = positionals
    switch (action) {
      case 'list':
        return list(file, values.json === true)
      case 'approve':
        if (names.length === 0 && values.all !== true)
          throw new UsageError('Which ones? rollcall host-keys approve NAME… or --all')
        return told(await approvePins(file, values.all === true ? 'all' : names), 'approved')
      case 'forget':
        if (names.length === 0) throw new UsageError('Which ones? rollcall host-keys forget NAME…')
        return told(await forgetPins(file, names), 'forgotten')
      default:
        throw new UsageError(`"rollcall host-keys ${action}" is not known; see "rollcall host-keys --help".`)
    }
  },
}

const list = async (file: string, json: boolean) => {
  const pins = (await listPins(file)).map(({ name, key, standing }) => ({
    name,
    algorithm: key.algorithm,
    fingerprint: `SHA256:${createHash('sha256').update(key.blob).digest('base64').replace(/=+$/, '')}`,
    approved: standing === 'approved',
  }))
  process.stdout.write(
    json
      ? pins.map((pin) => `${JSON.stringify(pin)}\n`).join('')
      : textTable(
          ['NAME', 'KEY', 'FINGERPRINT', 'TRUSTED FOR'],
          pins.map(({ name, algorithm, fingerprint, approved }) => [
            name,
            algorithm,
            fingerprint,
            approved ? 'all logins' : 'key logins',
          ]),
        ),
  )
  return EXIT.done
}

const told = (count: number, what: string) => {
  process.stdout.write(`${count} ${what}.\n`)
  return count === 0 ? EXIT.usage : EXIT.done
}
