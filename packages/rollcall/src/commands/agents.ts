import { agentDetail, agentLeases, agentList, type AgentDetail, type AgentItem } from '@rollcall/contract/api'
import type { z } from 'zod'
import { EXIT, readArgs, type Command } from '../command.ts'
import { stateFolder } from '../folders.ts'
import { localApi } from '../local-api.ts'
import { printable } from '../terminal/printable.ts'
import { textTable } from '../terminal/table.ts'
import { UsageError } from '../usage-error.ts'

export const agents: Command = {
  name: 'agents',
  summary: 'list agents; approve, put aside and revoke them',
  help: `Usage:
  rollcall agents [--json]
  rollcall agents show ID
  rollcall agents leases ID      every credential that it ever held, and its newest loans; "embedded" is the one in "up"
  rollcall agents approve ID
  rollcall agents quarantine ID [--reason TEXT]
  rollcall agents revoke ID [--reason TEXT]
  rollcall agents resync ID

Before you approve an agent, compare its fingerprint with what "rollcall agent status" shows on its
machine. What is revoked stays so: the agent is let in again with a new token. Both quarantine and
revoke print every credential that the agent ever held; change them if somebody took it over.

Options:
  --data DIR   the data folder of the running collector
`,

  async run(args) {
    const { values, positionals } = readArgs(args, {
      data: { type: 'string' },
      json: { type: 'boolean' },
      reason: { type: 'string' },
    })
    const api = localApi(values.data ?? stateFolder())
    const [action = 'list', id] = positionals
    if (action === 'list') {
      const { agents: known, refused } = await api.call('GET', '/api/v1/agents', agentList)
      if (values.json === true) {
        process.stdout.write(known.map((agent) => `${JSON.stringify(agent)}\n`).join(''))
        return EXIT.done
      }
      process.stdout.write(
        textTable(
          ['ID', 'NAME', 'SEGMENT', 'STATE', 'LAST HEARTBEAT', 'VERSION', 'GENERATION', 'SPOOL'],
          known.map(row),
        ),
      )
      for (const { name, stateReason } of known)
        if (stateReason !== null) process.stdout.write(`${printable(name)}: ${printable(stateReason)}\n`)
      if (refused.length > 0)
        process.stdout.write(
          `\nNot believed:\n${textTable(
            ['FROM', 'WHY', 'TIMES', 'LAST'],
            refused.map(({ source, code, count, lastAt }) => [printable(source), code, `${count}`, lastAt]),
          )}`,
        )
      return EXIT.done
    }
    if (id === undefined) throw new UsageError(`Which one? rollcall agents ${action} ID`)
    const path = `/api/v1/agents/${encodeURIComponent(id)}`
    switch (action) {
      case 'leases':
        return leases(await api.call('GET', `${path}/leases`, agentLeases), values.json === true)
      case 'show':
        return told(await api.call('GET', path, agentDetail), values.json === true)
      case 'approve':
      case 'resync':
        return told(await api.call('POST', `${path}/${action}`, agentDetail, {}), values.json === true)
      case 'quarantine':
      case 'revoke':
        return told(
          await api.call('POST', `${path}/${action}`, agentDetail, { reason: values.reason }),
          values.json === true,
        )
      default:
        throw new UsageError(`"rollcall agents ${action}" is not known; see "rollcall agents --help".`)
    }
  },
}

const row = (agent: AgentItem) => [
  agent.id,
  printable(agent.name),
  agent.segment,
  agent.stopped === true ? `${agent.state}, stopped` : agent.state,
  agent.lastHeartbeat ?? 'never',
  printable(agent.version),
  `${agent.generation}`,
  agent.spool === null ? '' : `${agent.spool.rows}${agent.spool.full ? ', full' : ''}`,
]

const told = (detail: AgentDetail, json: boolean): number => {
  if (json) {
    process.stdout.write(`${JSON.stringify(detail)}\n`)
    return EXIT.done
  }
  const { agent, credentials, generations } = detail
  process.stdout.write(
    `${[
      `Agent        ${agent.id} (${printable(agent.name)})`,
      `Segment      ${agent.segment}`,
      `State        ${agent.state} since ${agent.stateSince}${agent.stateReason === null ? '' : `: ${printable(agent.stateReason)}`}`,
      `Fingerprint  ${agent.fingerprint}`,
      `Machine      ${printable(agent.hostname)}, ${printable(agent.platform)}, version ${printable(agent.version)}`,
      `Renewed      ${generations.at(-1)?.at ?? agent.enrolledAt}, generation ${agent.generation}`,
    ].join('\n')}\n`,
  )
  process.stdout.write(
    credentials.length === 0
      ? 'No credential was ever lent to it. What its own settings let it log in with never left its segment, and is not known here.\n'
      : `\nIt held:\n${textTable(
          ['CREDENTIAL', 'FROM', 'UNTIL', 'FOR ORDER'],
          credentials.map(({ credential, lentAt, endedAt, order }) => [
            printable(credential),
            lentAt,
            endedAt ?? 'not given back',
            order,
          ]),
        )}`,
  )
  return EXIT.done
}

const leases = ({ held, leases: newest }: z.output<typeof agentLeases>, json: boolean): number => {
  if (json) {
    process.stdout.write(`${JSON.stringify({ held, leases: newest })}\n`)
    return EXIT.done
  }
  if (held.length === 0) {
    process.stdout.write('Nothing was ever lent to it.\n')
    return EXIT.done
  }
  process.stdout.write(
    textTable(
      ['CREDENTIAL', 'FIRST LENT', 'UNTIL', 'FOR RUN'],
      held.map(({ credential, name, lentAt, endedAt, run }) => [
        printable(name ?? `${credential} (removed)`),
        lentAt,
        endedAt ?? 'not given back',
        run,
      ]),
    ),
  )
  process.stdout.write(
    `\n${textTable(
      ['CREDENTIAL', 'TARGET', 'LENT', 'ENDED', 'HOW IT FARED'],
      newest.map(({ credential, name, target, lentAt, endedAt, outcome }) => [
        printable(name ?? credential),
        printable(target),
        lentAt,
        endedAt ?? '',
        outcome ?? 'under way',
      ]),
    )}`,
  )
  return EXIT.done
}
