import { readdir } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { goalText, met, rounded, type Bench, type Figure } from './frame/figure.ts'

/*
 * npm run bench [-- NAME…] [--json]: runs the benchmarks of this folder, or those named. With --json one object per figure on standard
 * output and nothing else; otherwise a table for each. A missed goal is told, not an error; a benchmark that breaks is one.
 */

const main = async (): Promise<number> => {
  const { values, positionals } = parseArgs({
    options: { json: { type: 'boolean', default: false } },
    allowPositionals: true,
  })
  const known = await benches()
  const unknown = positionals.find((name) => !known.includes(name))
  if (unknown !== undefined) {
    process.stderr.write(`no benchmark ${unknown}; there are: ${known.join(', ')}\n`)
    return 2
  }
  let broken = 0
  for (const name of positionals.length === 0 ? known : positionals) {
    try {
      const bench = await load(name)
      if (!values.json) process.stdout.write(`\n${name}\n`)
      const figures: Figure[] = []
      for await (const figure of bench.run()) {
        if (values.json) process.stdout.write(`${JSON.stringify(line(name, figure))}\n`)
        else figures.push(figure)
      }
      if (!values.json) process.stdout.write(table(figures))
    } catch (error) {
      broken++
      process.stderr.write(
        `${name} broke: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
      )
    }
  }
  return broken === 0 ? 0 : 1
}

/** Every file of this folder but this one. */
const benches = async () =>
  (await readdir(import.meta.dirname))
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && file !== 'run.ts')
    .map((file) => file.replace(/\.ts$/, ''))
    .sort()

const load = async (name: string): Promise<Bench> => {
  const { default: bench } = (await import(new URL(`${name}.ts`, import.meta.url).href)) as { default?: Bench }
  if (bench?.name !== name) throw new Error(`${name}.ts does not export a benchmark called ${name} by default`)
  return bench
}

/** Keys that do not apply are null, so that every line has the same ones. */
const line = (bench: string, figure: Figure) => ({
  bench,
  figure: figure.figure,
  value: figure.value ?? null,
  unit: figure.unit,
  goal: goalText(figure) ?? null,
  met: met(figure) ?? null,
  detail: figure.detail ?? null,
})

const table = (figures: readonly Figure[]): string => {
  const rows = figures.map((figure) => [
    figure.figure,
    figure.value === undefined ? 'not measured' : `${rounded(figure.value)} ${figure.unit}`,
    goalText(figure) ?? '',
    { true: 'met', false: 'MISSED', undefined: '' }[String(met(figure)) as 'true' | 'false' | 'undefined'],
    figure.detail ?? '',
  ])
  const widths = [0, 1, 2, 3].map((column) => Math.max(0, ...rows.map((row) => row[column]!.length)))
  return rows
    .map(
      (row) =>
        `  ${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}

process.exitCode = await main()
