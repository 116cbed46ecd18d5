import { formatTarget, parseTarget } from '@rollcall/contract'
import { readArgs, type Command } from '../command.ts'
import { certificatesIn } from '../directory-options.ts'
import { stateFolder } from '../folders.ts'
import { keeperOf, TRUST_ARGS, trustAction } from '../trust/trust-actions.ts'
import { UsageError } from '../usage-error.ts'

export const certificates: Command = {
  name: 'certificates',
  summary: 'list, approve, accept, reject and forget certificates of directories',
  help: `Usage:
  rollcall certificates [--filter FILTER] [--json]
  rollcall certificates approve NAME… | --all [--filter FILTER] [--reason TEXT]
  rollcall certificates accept|reject NAME --reason TEXT
  rollcall certificates forget NAME…

A certificate that no authority vouches for is pinned when it is first seen, and no password is
sent there. Compare its fingerprint with what the server itself says
("openssl x509 -in FILE -noout -fingerprint -sha256"), then approve it. A directory that shows
another one than the pinned is left alone until somebody accepts the new one, or rejects it.
Where an authority vouches for your directories, name it with --ca instead, and nothing has to be
approved. NAME is the directory, such as ldaps://dc.example.com, or the fingerprint.

With a running collector this is the Trust page of its dashboard: all agents hear of it, and who
decided is written down. Without one, the file of the data folder is changed.

Options:
  --filter F   such as 'state:first-use name:*.example.com'; see "rollcall view trust"
  --reason T   why, for the audit log
  --data DIR   the data folder
`,

  async run(args) {
    const { values, positionals } = readArgs(args, TRUST_ARGS)
    const folder = values.data ?? stateFolder()
    const keeper = await keeperOf(folder, certificatesIn(folder), 'certificate')
    const [action, ...names] = positionals
    const whole = names.map((name) => {
      const target = name.includes('://') ? parseTarget(name) : undefined
      return target === undefined ? name : formatTarget(target)
    })
    const done = await trustAction('certificates', keeper, action === undefined ? [] : [action, ...whole], values)
    if (done === undefined)
      throw new UsageError(`"rollcall certificates ${action}" is not known; see "rollcall certificates --help".`)
    return done
  },
}
