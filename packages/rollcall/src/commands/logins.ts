import { loginList, type LoginItem } from '@rollcall/contract/api'
import { keyedDigest } from '@rollcall/secret'
import { EXIT, readArgs, type Command } from '../command.ts'
import { digestKey } from '../digest-key.ts'
import { privateFolder, stateFolder } from '../folders.ts'
import { localApi } from '../local-api.ts'
import { passwordRules } from '../password-rules.ts'
import { printable } from '../terminal/printable.ts'
import { textTable } from '../terminal/table.ts'
import { UsageError } from '../usage-error.ts'

export const logins: Command = {
  name: 'logins',
  summary: 'list passwords that are held back so that no account is locked; let them be tried again',
  help: `Usage:
  rollcall logins [--all] [--json]
  rollcall logins clear ID
  rollcall logins forget NAME [--data DIR]

A password that was rejected is left alone for a day, over all agents, and one that was rejected three
times within ten minutes until somebody clears it. Before you do, see to it that the password is right
and that the account is not close to being locked.

"clear" tells the running collector. "forget" is for a machine that scans by itself ("rollcall scan"):
it forgets what was rejected of an account there, by the name that it logs in with.

Options:
  --all        also those that are not held back
  --data DIR   the data folder of the running collector, or of the machine that scans by itself
`,

  async run(args) {
    const { values, positionals } = readArgs(args, {
      data: { type: 'string' },
      json: { type: 'boolean' },
      all: { type: 'boolean' },
    })
    const [action = 'list', which] = positionals
    const folder = values.data ?? stateFolder()
    const told = (known: readonly LoginItem[]) => tell(known, values.all === true, values.json === true)
    switch (action) {
      case 'list':
        return told((await localApi(folder).call('GET', '/api/v1/logins', loginList)).logins)
      case 'clear': {
        if (which === undefined) throw new UsageError('Which one? rollcall logins clear ID')
        const path = `/api/v1/logins/${encodeURIComponent(which)}/clear`
        return told((await localApi(folder).call('POST', path, loginList, {})).logins)
      }
      case 'forget': {
        if (which === undefined) throw new UsageError('Of which account? rollcall logins forget NAME')
        const own = await privateFolder(folder)
        const { ledger } = passwordRules(own, keyedDigest(await digestKey(own)), {}, {})
        await ledger.forget(which)
        process.stdout.write(`What was rejected of ${printable(which)} here is forgotten.\n`)
        return EXIT.done
      }
      default:
        throw new UsageError('"rollcall logins" has "clear" and "forget"; see "rollcall logins --help".')
    }
  },
}

const tell = (known: readonly LoginItem[], all: boolean, json: boolean): number => {
  const told = known.filter(({ state }) => all || state === 'suspended' || state === 'waiting')
  if (json) {
    process.stdout.write(told.map((login) => `${JSON.stringify(login)}\n`).join(''))
    return EXIT.done
  }
  if (told.length === 0) process.stdout.write('No password is held back.\n')
  else
    process.stdout.write(
      textTable(
        ['ID', 'ACCOUNT', 'STATE', 'REJECTED', 'LAST AT', 'UNTIL'],
        told.map(({ id, account, state, rejected, lastPlace, until }) => [
          id,
          printable(account),
          state,
          `${rejected}`,
          printable(lastPlace ?? ''),
          until ?? (state === 'new' || state === 'proven' ? '' : 'somebody clears it'),
        ]),
      ),
    )
  for (const { account, why } of told) if (why !== null) process.stdout.write(`${printable(account)}: ${why}\n`)
  return EXIT.done
}
