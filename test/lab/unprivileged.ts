import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { appendFile, mkdir, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { freePort } from './free-port.ts'
import type { LabHost } from './lab.ts'
import { answers, type Running } from './namespace.ts'
import { kill, processIdentity } from './process-identity.ts'
import { output, ran } from './shell.ts'
import { knownHostsLine, sshCommand } from './ssh-login.ts'
import { publicHalf, type KeyPair } from './ssh-keys.ts'
import type { Workspace } from './workspace.ts'

export interface UnprivilegedTools {
  readonly workspace: Workspace
  readonly scanKey: KeyPair
  readonly knownHosts: string
}

/**
 * What is left of the lab without root: this machine's own sshd as the current user, one instance for each name, on 127.0.0.1
 * and high ports. It has host keys of its own and nothing else; `inside` runs on the machine itself.
 */
export const startUnprivileged = async (names: readonly string[], tools: UnprivilegedTools): Promise<LabHost[]> => {
  const hosts: LabHost[] = []
  for (const name of names) hosts.push(await startOne(name, tools))
  return hosts
}

const startOne = async (name: string, { workspace, scanKey, knownHosts }: UnprivilegedTools): Promise<LabHost> => {
  const folder = join(workspace.folder, name)
  await mkdir(folder, { mode: 0o700 })
  const at = (file: string) => join(folder, file)
  await output(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', at('host_key')])
  const half = await publicHalf(at('host_key.pub'))
  await writeFile(at('authorized_keys'), `${scanKey.publicKey}\n`, { mode: 0o600 })
  const address = '127.0.0.1'
  const port = await freeHighPort(address)
  await writeFile(at('sshd_config'), CONFIG(folder, address, port))
  const log = openSync(at('log'), 'a')
  const child = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', at('sshd_config')], { stdio: ['ignore', log, log] })
  closeSync(log)
  await new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject))
  const identity = processIdentity(child.pid!)
  if (identity === undefined) throw new Error(`sshd did not start; see ${at('log')}`)
  await workspace.owns(identity)
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const running: Running = {
    pid: identity.pid,
    inside: (argv, input) => ran(argv, input),
    stop: () => {
      kill(identity)
      return ended
    },
  }
  await answers(address, port, running, folder)
  await appendFile(knownHosts, knownHostsLine(address, port, half.publicKey))
  const login = { address, port, user: userInfo().username, keyFile: scanKey.path, knownHosts }
  return {
    ...running,
    name,
    address,
    port,
    user: login.user,
    keyFile: login.keyFile,
    hostKey: half.fingerprint,
    ssh: (line, input) => ran(sshCommand(login, line), input),
  }
}

/** Port 0 asks the kernel for a free one. */
const freeHighPort = (address: string) => freePort(address, [0])

const CONFIG = (folder: string, address: string, port: number) => `ListenAddress ${address}:${port}
HostKey ${folder}/host_key
AuthorizedKeysFile ${folder}/authorized_keys
PidFile none
StrictModes no
UsePAM no
UseDNS no
PasswordAuthentication no
`
