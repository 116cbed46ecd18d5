/** How reports of agents come in, as far as this process has seen it. What is delivered twice counts twice. */
export interface ReportPace {
  /** Looks of an agent were taken in; the last of them ended at an instant. */
  took(agent: string, looks: number, endedAt: string): void
  of(agent: string): AgentPace
}

export interface AgentPace {
  /** Looks a minute, over the last ten or as many as there were. */
  readonly perMinute: number
  readonly total: number
  readonly lastAt: string | null
  /** From the end of the last look to its being taken in. */
  readonly delaySeconds: number | null
}

const NONE: AgentPace = { perMinute: 0, total: 0, lastAt: null, delaySeconds: null }
const MINUTE = 60_000
const MINUTES = 10

export const reportPace = (now: () => Date): ReportPace => {
  const agents = new Map<string, Pace>()
  const began = now().getTime()

  return {
    took(agent, looks, endedAt) {
      const at = now().getTime()
      const pace = agents.get(agent) ?? { minutes: new Map<number, number>(), total: 0, lastAt: 0, delayMs: 0 }
      const minute = Math.floor(at / MINUTE)
      pace.minutes.set(minute, (pace.minutes.get(minute) ?? 0) + looks)
      for (const old of pace.minutes.keys()) if (old <= minute - MINUTES) pace.minutes.delete(old)
      pace.total += looks
      pace.lastAt = at
      pace.delayMs = Math.max(0, at - Date.parse(endedAt))
      agents.set(agent, pace)
    },

    of(agent) {
      const pace = agents.get(agent)
      if (pace === undefined) return NONE
      const at = now().getTime()
      const minute = Math.floor(at / MINUTE)
      const recent = [...pace.minutes].reduce((sum, [of, looks]) => (of > minute - MINUTES ? sum + looks : sum), 0)
      const minutes = Math.min(MINUTES, Math.max(1, (at - began) / MINUTE))
      return {
        perMinute: Math.round((recent / minutes) * 10) / 10,
        total: pace.total,
        lastAt: new Date(pace.lastAt).toISOString(),
        delaySeconds: Math.round(pace.delayMs / 1000),
      }
    },
  }
}

interface Pace {
  readonly minutes: Map<number, number>
  total: number
  lastAt: number
  delayMs: number
}
