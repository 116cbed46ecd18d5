import { createdJoinToken, joinTokenList } from '@rollcall/contract/api'
import { EXIT, readArgs, type Command } from '../command.ts'
import { durationMs } from '../duration.ts'
import { stateFolder } from '../folders.ts'
import { localApi } from '../local-api.ts'
import { textTable } from '../terminal/table.ts'
import { UsageError } from '../usage-error.ts'

export const joinTokens: Command = {
  name: 'token',
  summary: 'make join tokens: each lets one agent in, once (for API tokens: "rollcall tokens")',
  help: `Usage:
  rollcall token create --segment SEGMENT [--ttl 15m] [--name NAME] [--replaces AGENT] [--approve]
  rollcall token list [--json]
  rollcall token revoke ID

A join token lets one agent in: "rollcall agent enrol TOKEN" on the agent's machine. It is printed
once, kept nowhere, and used up by the first who comes with it; whoever comes with it after that,
with other keys, is refused, and you are told that two have it.
It is not what programs use for the API: those are "rollcall tokens".

Options:
  --segment S     the part of the network that the agent scans: letters, digits and hyphens
  --ttl TIME      how long it is good for, such as 15m, 2h or 1d (default 15m, at most 7d)
  --name NAME     what people call the agent (default: what it calls itself)
  --replaces ID   the agent takes the place of this one, which is revoked when the new one is in
  --approve       somebody has to compare fingerprints and approve the agent first
  --data DIR      the data folder of the running collector
`,

  async run(args) {
    const { values, positionals } = readArgs(args, {
      data: { type: 'string' },
      json: { type: 'boolean' },
      segment: { type: 'string' },
      ttl: { type: 'string' },
      name: { type: 'string' },
      replaces: { type: 'string' },
      approve: { type: 'boolean' },
    })
    const api = localApi(values.data ?? stateFolder())
    const [action = 'list', subject] = positionals
    switch (action) {
      case 'create': {
        if (values.segment === undefined)
          throw new UsageError(
            'Of which segment? rollcall token create --segment SEGMENT (API tokens: "rollcall tokens create NAME")',
          )
        const { token, value } = await api.call('POST', '/api/v1/join-tokens', createdJoinToken, {
          segment: values.segment,
          ttlSeconds: Math.round(durationMs('--ttl', values.ttl ?? '15m') / 1000),
          ...(values.name === undefined ? {} : { name: values.name }),
          ...(values.replaces === undefined ? {} : { replaces: values.replaces }),
          approve: values.approve === true,
        })
        process.stdout.write(`${value}\n`)
        process.stderr.write(
          `Lets one agent into segment ${token.segment} until ${token.expiresAt}. On its machine: rollcall agent enrol TOKEN --server ADDRESS\n`,
        )
        return EXIT.done
      }
      case 'list': {
        const { tokens } = await api.call('GET', '/api/v1/join-tokens', joinTokenList)
        process.stdout.write(
          values.json === true
            ? tokens.map((token) => `${JSON.stringify(token)}\n`).join('')
            : textTable(
                ['ID', 'SEGMENT', 'STATE', 'UNTIL', 'BY', 'TRIES', 'AGENT'],
                tokens.map((token) => [
                  token.id,
                  token.segment,
                  token.state,
                  token.expiresAt,
                  token.createdBy,
                  `${token.tries}`,
                  token.agent ?? '',
                ]),
              ),
        )
        return EXIT.done
      }
      case 'revoke':
        if (subject === undefined) throw new UsageError('Which one? rollcall token revoke ID')
        await api.call('DELETE', `/api/v1/join-tokens/${encodeURIComponent(subject)}`, joinTokenList)
        process.stdout.write('Revoked.\n')
        return EXIT.done
      default:
        throw new UsageError(`"rollcall token ${action}" is not known; see "rollcall token --help".`)
    }
  },
}
