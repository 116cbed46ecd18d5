import { createdToken, tokenList } from '@rollcall/contract/api'
import { z } from 'zod'
import { EXIT, readArgs, type Command } from '../command.ts'
import { stateFolder } from '../folders.ts'
import { localApi } from '../local-api.ts'
import { textTable } from '../terminal/table.ts'
import { UsageError } from '../usage-error.ts'

export const tokens: Command = {
  name: 'tokens',
  summary: 'make and revoke tokens for programs that use the API',
  help: `Usage:
  rollcall tokens
  rollcall tokens create NAME     prints the token once; it is sent as "Authorization: Bearer …"
  rollcall tokens revoke ID

What lets an agent in is another thing: "rollcall token create --segment SEGMENT".

Options:
  --data DIR   the data folder of the running collector
`,

  async run(args) {
    const { values, positionals } = readArgs(args, { data: { type: 'string' } })
    const api = localApi(values.data ?? stateFolder())
    const [action = 'list', subject] = positionals
    if (action === 'list') {
      const { tokens: known } = await api.call('GET', '/api/v1/tokens', tokenList)
      process.stdout.write(
        textTable(
          ['ID', 'NAME', 'CREATED', 'BY', 'LAST USED'],
          known.map((token) => [token.id, token.name, token.createdAt, token.createdBy, token.lastUsedAt ?? 'never']),
        ),
      )
      return EXIT.done
    }
    if (subject === undefined)
      throw new UsageError(`"rollcall tokens ${action}" needs a name or an id; see "rollcall tokens --help".`)
    if (action === 'create') {
      const { value } = await api.call('POST', '/api/v1/tokens', createdToken, { name: subject })
      process.stdout.write(`${value}\n`)
      return EXIT.done
    }
    if (action === 'revoke') {
      await api.call('DELETE', `/api/v1/tokens/${encodeURIComponent(subject)}`, z.unknown())
      process.stdout.write('Revoked.\n')
      return EXIT.done
    }
    throw new UsageError(`"rollcall tokens ${action}" is not known; see "rollcall tokens --help".`)
  },
}
