import type { Intake } from '../intake.ts'
import type { Measures } from './measures.ts'
import type { Traces } from './traces.ts'

/** The same intake, of which it is told how long it takes. */
export const measuredIntake = (
  intake: Intake,
  measures: Pick<Measures, 'tookIn'>,
  traces: Traces | undefined,
): Intake => {
  const take: (...given: Parameters<Intake>) => ReturnType<Intake> = async (report) => {
    const startedAt = Date.now()
    const began = performance.now()
    const ended = (outcome: Parameters<Measures['tookIn']>[0]) => {
      const ms = performance.now() - began
      measures.tookIn(outcome, ms / 1000)
      traces?.add({
        name: 'take in a report',
        run: report.run,
        kind: 'consumer',
        startedAt,
        endedAt: startedAt + ms,
        attributes: { 'rollcall.agent': report.agent, 'rollcall.sections': report.sections.length, outcome },
        failed: outcome === 'failed',
      })
    }
    try {
      const ack = await intake(report)
      ended(ack.need.length === 0 ? 'committed' : 'incomplete')
      return ack
    } catch (error) {
      ended('failed')
      throw error
    }
  }
  return Object.assign(take, { keep: (part: Parameters<Intake['keep']>[0]) => intake.keep(part) })
}
