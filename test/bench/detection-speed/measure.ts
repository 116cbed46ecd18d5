import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { detect } from '@rollcall/discovery'
import { collectSoon } from '../../../packages/rollcall/src/credentials/collect-soon.ts'
import { wordsSearched } from '../../../packages/discovery/src/detectors/keywords/look-through.ts'

/* One stage in a process of its own: `measure.ts nothing|keywords|engine|grep FOLDER` prints what it did. */

export type Stage = 'nothing' | 'keywords' | 'engine' | 'grep'

export interface Told {
  readonly bytes: number
  readonly findings: number
  /** Seconds of processor time of the stage alone, where it measures itself. */
  readonly alone?: number
}

const [stage, folder] = process.argv.slice(2) as [Stage, string]
const list = JSON.parse(readFileSync(join(folder, 'list.json'), 'utf8')) as { path: string; file: string }[]
const tools = { keyedDigest: () => undefined }

const overFiles = (look: (path: string, content: Uint8Array) => number) => {
  let [bytes, findings] = [0, 0]
  for (const { path, file } of list) {
    const content = readFileSync(file)
    bytes += content.length
    findings += look(path, content)
  }
  return { bytes, findings }
}

/** One pass over bytes that were read before, which is all that this stage is. */
const keywords = () => {
  let [bytes, findings, microseconds] = [0, 0, 0]
  for (let at = 0; at < list.length; at += TOGETHER) {
    const contents = list.slice(at, at + TOGETHER).map(({ file }) => readFileSync(file))
    const before = process.cpuUsage()
    for (const content of contents)
      wordsSearched().search(content, () => {
        findings++
      })
    const { user, system } = process.cpuUsage(before)
    microseconds += user + system
    for (const { length } of contents) bytes += length
  }
  return { bytes, findings, alone: microseconds / 1e6 }
}

const TOGETHER = 500

const engine = () => overFiles((path, content) => detect(path, content, tools).found.length)

/** What most scripts of this kind do: grep finds lines, and each goes through the rules. */
const grep = async () => {
  let [bytes, findings] = [0, 0]
  const files = new Map(list.map(({ path, file }) => [file, path]))
  for (let at = 0; at < list.length; at += 2000) {
    const some = list.slice(at, at + 2000).map(({ file }) => file)
    for (const file of some) bytes += readFileSync(file).length
    const child = spawn('grep', ['-HiF', '-f', join(folder, 'keywords'), ...some], {
      env: { LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    for await (const line of createInterface({ input: child.stdout, crlfDelay: Infinity })) {
      const colon = line.indexOf(':')
      const text = Buffer.from(line.slice(colon + 1))
      findings += detect(files.get(line.slice(0, colon)) ?? '', text, tools).found.length
    }
  }
  return { bytes, findings }
}

const stages: Record<Stage, () => Told | Promise<Told>> = {
  nothing: () => ({ bytes: 0, findings: 0 }),
  keywords,
  engine,
  grep,
}
// As `rollcall scan --credentials` does.
collectSoon()
process.stdout.write(JSON.stringify(await stages[stage]()))
