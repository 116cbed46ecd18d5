import { SCANNER_FLAGS } from '@rollcall/agent'
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ServerChannel } from 'ssh2'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { generateKeyPair, startRogue, type RogueBehaviour } from './fixtures/rogue.ts'

const CEILING = 150 * 1024 * 1024

let folder: string
let keyFile: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-memory-'))
  keyFile = join(folder, 'key')
  await writeFile(keyFile, generateKeyPair().private, { mode: 0o600 })
  // What Node compiled is kept, as in the product: to compile takes memory of its own.
  await scanned((_channel, _mark, connection) => connection.end())
})
afterAll(() => rm(folder, { recursive: true, force: true }))

interface Scanned {
  readonly told: readonly (readonly [string, string, number])[]
  readonly peak: number
}

/** All probes against a host that behaves so, in a process of its own. */
const scanned = async (batch: NonNullable<RogueBehaviour['batch']>): Promise<Scanned> => {
  await using rogue = await startRogue({ batch })
  const script = fileURLToPath(new URL('fixtures/scan-one.ts', import.meta.url))
  const child = spawn(process.execPath, [...SCANNER_FLAGS, script, rogue.host, String(rogue.port), keyFile], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_COMPILE_CACHE: join(folder, 'compiled') },
  })
  let said = ''
  child.stdout.on('data', (data: Buffer) => (said += data.toString()))
  const code = await new Promise((resolve) => child.once('exit', resolve))
  expect(code).toBe(0)
  return JSON.parse(said) as Scanned
}

type Channel = Pick<ServerChannel, 'write' | 'stderr' | 'destroyed'>

const endlessly = (
  channel: Channel,
  next: (turn: number) => string,
  stream: { write: ServerChannel['write'] } = channel,
) => {
  let turn = 0
  const more = () => {
    if (!channel.destroyed) stream.write(next(turn++), () => setImmediate(more))
  }
  more()
}

/** A whole file. */
const whole = (mark: string, payload: string) => `\n${mark} P\n/etc/passwd\n${mark} D\n${payload}\n${mark} C 0\n`

describe('whatever a host sends, the agent stays small and nothing is invented', () => {
  test.each<[string, NonNullable<RogueBehaviour['batch']>]>([
    ['never stops to print', (channel) => endlessly(channel, () => 'x'.repeat(65_536))],
    [
      'never stops a file',
      (channel, mark) => {
        channel.write(`\n${mark} R 0\n\n${mark} P\n/etc/x\n${mark} D\n`)
        endlessly(channel, () => 'root:x:0:0::/root:/bin/sh\n'.repeat(2000))
      },
    ],
    [
      'never stops a line',
      (channel, mark) => {
        channel.write(`\n${mark} R 0\n\n${mark} P\n/etc/x\n${mark} D\n`)
        endlessly(channel, () => ':'.repeat(65_536))
      },
    ],
    [
      'never stops to name files',
      (channel, mark) => {
        channel.write(`\n${mark} R 0\n`)
        endlessly(channel, (turn) =>
          Array.from({ length: 500 }, (_, at) => `\n${mark} P\n/${turn}/${at}\n${mark} W io-error\n`).join(''),
        )
      },
    ],
    ['never stops to complain', (channel) => endlessly(channel, () => 'x'.repeat(65_536), channel.stderr)],
    [
      'sends a megabyte of passwd in one line',
      (channel, mark) =>
        void channel.write(`\n${mark} R 0\n${whole(mark, `${'a'.repeat(1_000_000)}:x:0:0::/:/bin/sh\n`)}`),
    ],
    ['sends single bytes', (channel) => endlessly(channel, () => 'x')],
    ['sends nothing but marks', (channel, mark) => endlessly(channel, () => `\n${mark} `.repeat(1000))],
    [
      'sends what stat never says',
      (channel, mark) => {
        channel.write(`\n${mark} T\n`)
        endlessly(channel, () => `${mark} 644 0 0 0 /etc/passwd\n`.repeat(1000))
      },
    ],
  ])('one that %s', async (_, batch) => {
    const { told, peak } = await scanned(batch)
    expect(told.filter(([, status]) => status === 'complete')).toEqual([])
    expect(told.reduce((sum, [, , findings]) => sum + findings, 0)).toBe(0)
    expect(peak).toBeLessThan(CEILING)
  })
})
