import { readFile } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'
import type { LabHost } from '../../lab/lab.ts'

const TICK_MS = 10

/**
 * CPU time in milliseconds of everything that has run and ended on a host, as its first process and that one's children have counted it.
 * Waits until no login is left: the first time, for so long that none can be.
 */
export const targetCpu = async (host: LabHost): Promise<number> => {
  if (!QUIET.has(host)) {
    await setTimeout(2000)
    QUIET.set(host, (await treeOf(host.pid)).length)
  }
  for (let tries = 0; tries < 500; tries++) {
    // A login that has just ended is about to be waited for.
    await setTimeout(100)
    const tree = await treeOf(host.pid)
    if (tree.length <= QUIET.get(host)!) return tree.reduce((sum, { cpu }) => sum + cpu, 0) * TICK_MS
  }
  throw new Error('a login does not end')
}

/** How many processes a host has to which nobody is logged in. */
const QUIET = new WeakMap<LabHost, number>()

/** A process and all below it, with the ticks of each and of the children that it has waited for. */
const treeOf = async (pid: number): Promise<{ readonly pid: number; readonly cpu: number }[]> => {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '')
  if (stat === '') return []
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const cpu = [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index]), 0)
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'latin1').catch(() => '')
  const below = await Promise.all(children.trim().split(' ').filter(Boolean).map(Number).map(treeOf))
  return [{ pid, cpu }, ...below.flat()]
}
