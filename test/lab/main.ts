import { hostList } from './host-list.ts'
import { startLab } from './lab.ts'
import { sshCommand } from './ssh-login.ts'
import { cleanStale } from './workspace.ts'

const USAGE = `usage: node test/lab/main.ts up [HOST…]   start hosts, all of them without a name, until Ctrl-C
       node test/lab/main.ts down        remove what killed labs left
       node test/lab/main.ts list        the hosts there are
`

const print = (text: string) => process.stdout.write(`${text}\n`)

const up = async (names: readonly string[]) => {
  const all = await hostList()
  const unknown = names.find((name) => !all.some((host) => host.name === name))
  if (unknown !== undefined) throw new Error(`no host ${unknown}; there are: ${all.map(({ name }) => name).join(', ')}`)
  await using lab = await startLab(names.length === 0 ? all : all.filter(({ name }) => names.includes(name)))
  for (const lack of lab.capabilities.lacks) print(`note: ${lack}`)
  for (const host of lab.hosts) {
    print(`\n${host.name}  ${host.address}:${host.port}  ${host.user}  ${host.made?.description.purpose ?? ''}`)
    print(`  ${sshCommand({ ...host, knownHosts: lab.knownHosts }).join(' ')}`)
  }
  print(`\nkey ${lab.loginKey}\nknown hosts ${lab.knownHosts}\nCtrl-C ends all of them.`)
  await new Promise((resolve) => {
    // A promise alone keeps no process alive.
    setInterval(() => {}, 2 ** 30)
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, resolve)
  })
}

const [command, ...names] = process.argv.slice(2)
if (command === 'up') {
  await up(names)
  process.exit()
} else if (command === 'down') {
  const removed = await cleanStale()
  print(removed.length === 0 ? 'nothing was left' : `removed ${removed.join(', ')}`)
} else if (command === 'list') {
  for (const { name, purpose } of await hostList()) print(`${name}: ${purpose}`)
} else {
  process.stderr.write(USAGE)
  process.exitCode = 2
}
