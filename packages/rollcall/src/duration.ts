import { UsageError } from './usage-error.ts'

const UNITS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** `90s`, `15m`, `2h` or `1d`, in milliseconds. Throws UsageError naming the option. */
export const durationMs = (option: string, text: string): number => {
  const [, number = '', unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? []
  if (unit === '') throw new UsageError(`${option} is a time such as 90s, 15m, 2h or 1d, not "${text}".`)
  return Number(number) * UNITS[unit as keyof typeof UNITS]
}
