import { spawn } from 'node:child_process'

export interface Ran {
  readonly exit: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program to its end and tells how it went. Rejects only when it cannot be started. */
export const ran = (argv: readonly [string, ...string[]], input = ''): Promise<Ran> =>
  new Promise((resolve, reject) => {
    const [program, ...rest] = argv
    const child = spawn(program, rest, { stdio: 'pipe', env: { ...process.env, LC_ALL: 'C' } })
    const chunks = { stdout: [] as Buffer[], stderr: [] as Buffer[] }
    child.stdout.on('data', (chunk: Buffer) => chunks.stdout.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => chunks.stderr.push(chunk))
    child.on('error', reject)
    // A program that does not read its input is no failure of ours.
    child.stdin.on('error', () => {})
    child.on('close', (code, signal) =>
      resolve({
        exit: code ?? (signal === null ? 1 : 128),
        stdout: Buffer.concat(chunks.stdout).toString(),
        stderr: Buffer.concat(chunks.stderr).toString(),
      }),
    )
    child.stdin.end(input)
  })

/** Runs a program and gives its output. Rejects with its messages when it fails. */
export const output = async (argv: readonly [string, ...string[]], input = ''): Promise<string> => {
  const { exit, stdout, stderr } = await ran(argv, input)
  if (exit !== 0) throw new Error(`${argv.join(' ')} ended with ${exit}: ${stderr.trim().slice(-2000)}`)
  return stdout
}

/** Whether there is such a program on the machine. */
export const installed = async (program: string): Promise<boolean> => {
  try {
    return (await ran(['sh', '-c', 'command -v "$1"', 'sh', program])).exit === 0
  } catch {
    return false
  }
}
