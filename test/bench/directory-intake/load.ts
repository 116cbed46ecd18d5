import { createHash } from 'node:crypto'
import { statSync } from 'node:fs'
import { intake } from '@rollcall/collector'
import type { Finding } from '@rollcall/contract'
import { MAX_PART, reportPart, scanReport, type ReportSection } from '@rollcall/contract/bus'
import { principalsOf } from '@rollcall/inventory'
import { openStore } from '@rollcall/store'
import { GROUPS, probes, signals, USERS, COMPUTERS } from './estate.ts'

/** What one look cost the collector. */
export interface LookTaken {
  readonly findings: number
  /** Reading and keeping the parts, and taking the report in. */
  readonly keepSeconds: number
  readonly takeSeconds: number
  /** Processor time of all of it, the threads included, without making up what is sent. */
  readonly cpuSeconds: number
  /** The longest turn while the report was taken in, in milliseconds of processor time: so long anything else in the process has to wait. */
  readonly heldUp: number
  readonly peakMegabytes: number
}

/** Resident memory at its peak is that of whoever starts this to measure. */
export interface DirectoryLoaded {
  readonly first: LookTaken
  readonly again: LookTaken
  readonly onePercent: LookTaken
  readonly changes: LookTaken
  readonly databaseMegabytes: number
}

const HUNDREDTH = 100

const main = async (file: string): Promise<DirectoryLoaded> => {
  await using store = await openStore({ file })
  const take = intake(store, { now: () => new Date(Date.UTC(2026, 5, 1)), principals: principalsOf })
  let day = 0

  const look = async (findingsOf: (probe: string) => Iterable<Finding>, basis?: 'changes'): Promise<LookTaken> => {
    const id = crypto.randomUUID()
    const at = new Date(Date.UTC(2026, 0, ++day)).toISOString()
    const about = { agent: 'bench', target: 'ldaps://dc1.corp.example.com:636' } as const
    let [keepSeconds, findings, cpuSeconds] = [0, 0, 0]
    const sections: ReportSection[] = []
    for (const probe of Object.keys(probes)) {
      const digest = createHash('sha256')
      const changed = new Set<string>()
      let index = 0
      const send = async (part: Finding[]) => {
        const message = reportPart.write({ report: id, ...about, probe, index: index++, findings: part })
        digest.update(JSON.stringify(part))
        findings += part.length
        if (basis === 'changes') for (const one of part) if ('object' in one) changed.add(one.object ?? '')
        const [from, cpu] = [performance.now(), process.cpuUsage()]
        await take.keep(reportPart.read(message))
        keepSeconds += (performance.now() - from) / 1000
        cpuSeconds += cpuSince(cpu)
      }
      let part: Finding[] = []
      for (const finding of findingsOf(probe)) {
        part.push(finding)
        if (part.length < MAX_PART) continue
        await send(part)
        part = []
      }
      if (part.length > 0) await send(part)
      sections.push({
        probe,
        outcome: { status: 'complete', reasons: [] },
        privilege: 'user',
        digest: digest.digest('hex'),
        parts: index,
        ...(basis === undefined ? {} : { basis, changed: [...changed] }),
      })
    }
    const message = scanReport.write({
      id,
      ...about,
      startedAt: at,
      finishedAt: at,
      reached: { status: 'complete', reasons: [] },
      directory: signals,
      sections,
    })
    const [from, cpu] = [performance.now(), process.cpuUsage()]
    const turns = longestTurn()
    const { need } = await take(scanReport.read(message))
    const takeSeconds = (performance.now() - from) / 1000
    const heldUp = turns.end()
    cpuSeconds += cpuSince(cpu)
    if (need.length > 0) throw new Error(`findings were asked for: ${need.join(', ')}`)
    const peakMegabytes = process.resourceUsage().maxRSS / 1024
    return { findings, keepSeconds, takeSeconds, cpuSeconds, heldUp, peakMegabytes }
  }

  const first = await look((probe) => probes[probe]!(false))
  const known = await store.relations.count('directory_accounts', [])
  if (known !== USERS + COMPUTERS) throw new Error(`${known} accounts are known`)
  if ((await store.relations.count('directory_groups', [])) !== GROUPS) throw new Error('not all groups are known')
  const again = await look((probe) => probes[probe]!(false))
  const onePercent = await look((probe) => probes[probe]!(true))
  const changes = await look(
    (probe) => (probe === 'directory-accounts' ? hundredth(probes[probe]!(false)) : []),
    'changes',
  )
  return { first, again, onePercent, changes, databaseMegabytes: statSync(file).size / 1e6 }
}

const cpuSince = (before: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}

/** By the processor time of this thread, since on a busy machine a turn is as long as others let it be. */
const longestTurn = () => {
  let [longest, before] = [0, threadTime()]
  const timer = setInterval(() => {
    const now = threadTime()
    longest = Math.max(longest, now - before)
    before = now
  }, 1)
  return {
    end() {
      clearInterval(timer)
      return longest
    },
  }
}

const threadTime = (): number => {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

function* hundredth(findings: Iterable<Finding>): Iterable<Finding> {
  let turn = 0
  for (const finding of findings) if (turn++ % HUNDREDTH === 0) yield finding
}

process.stdout.write(`${JSON.stringify(await main(process.argv[2]!))}\n`)
