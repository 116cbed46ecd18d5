import { spawn, spawnSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { natsServer } from '../lab/nats/server.ts'
import { pair } from './pair.ts'
import { killAll } from './processes.ts'

/*
 * In a network of its own: an agent in another one, joined to it by a cable that is pulled out and put back. Nothing is refused meanwhile,
 * as nothing comes through. Tells what became of what the agent saw.
 */
const PULLED_MS = [1000, 4000, 9000]

const run = (command: string) => {
  const [program = '', ...args] = command.split(' ')
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command}: ${stderr}`)
}

process.once('exit', killAll)
const other = spawn('unshare', ['--net', 'sleep', '600'], { stdio: 'ignore' })
process.once('exit', () => other.kill('SIGKILL'))
other.unref()
await sleep(300)
const there = `nsenter --net=/proc/${other.pid}/ns/net`
run('ip link set lo up')
run(`ip link add here type veth peer name there netns ${other.pid}`)
run('ip address add 198.51.100.1/24 dev here')
run('ip link set here up')
run(`${there} ip address add 198.51.100.2/24 dev there`)
run(`${there} ip link set there up`)

await using broker = await natsServer({ config: 'host: 0.0.0.0' })
await using both = await pair({
  agentUrl: `nats://198.51.100.1:${broker.port}`,
  collectorUrl: broker.url,
  before: there.split(' '),
})
let looks = 0
for (const milliseconds of PULLED_MS) {
  await sleep(2000)
  run('ip link set here down')
  const before = both.looks()
  await sleep(milliseconds)
  looks += both.looks() - before
  run('ip link set here up')
}
process.stdout.write(`${JSON.stringify({ looks, outcome: await both.outcome() })}\n`)
