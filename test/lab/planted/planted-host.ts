import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { LabHost } from '../lab.ts'
import { documents } from './documents.ts'
import type { Kept, Planting } from './planting.ts'
import { programs } from './programs.ts'
import { valuesFrom } from './values.ts'

/** A place where something lies that opens something. */
export interface PlantedPlace {
  readonly planting: string
  /** Of a process: `/proc/*` with the name of the file. */
  readonly path: string
  /** Absent where the file as a whole is meant. */
  readonly line?: number
  readonly is: Kept['is']
  /** Of a value that was given: how it is written there. */
  readonly form?: string
}

export interface PlantedHost {
  /** Its root, as this machine sees it. */
  readonly root: string
  readonly places: readonly PlantedPlace[]
  /** Everything that was planted as text, in all the ways in which it may be written. */
  readonly values: readonly string[]
  /** What was left out, and why. */
  readonly leftOut: readonly string[]
}

export const plantings: readonly Planting[] = [...programs, ...documents]

/** Lays down all secrets on a host, and then says where they are: by searching for them, not by what was meant. */
export const plant = async (host: LabHost, seed: string): Promise<PlantedHost> => {
  const root = `/proc/${host.pid}/root`
  const upper = (await overlayOf(host)) ?? root
  const secret = valuesFrom(seed)
  const there = await programsOf(host)
  const leftOut: string[] = []
  const given: { readonly planting: string; readonly value: string }[] = []
  const kept: (Kept & { readonly planting: string })[] = []
  for (const { id, needs, make } of plantings) {
    const missing = needs.filter((program) => !there.has(program))
    const made = make((alphabet, length) => {
      const value = secret(alphabet, length)
      if (missing.length === 0) given.push({ planting: id, value })
      return value
    })
    if (missing.length > 0) {
      leftOut.push(`${id}: needs ${missing.join(', ')}`)
      continue
    }
    for (const [path, content] of Object.entries(made.files ?? {})) {
      await mkdir(dirname(join(root, path)), { recursive: true })
      await writeFile(join(root, path), content)
    }
    if (made.run !== undefined) {
      const { stderr } = await host.inside(['bash', '-c', 'eval "$(cat)"'], made.run)
      if (stderr.trim() !== '' && process.env['PLANTED_TALK'] !== undefined) process.stderr.write(`${id}: ${stderr}`)
    }
    for (const one of made.keeps ?? []) kept.push({ ...one, planting: id })
  }
  const forms = given.flatMap(({ planting, value }) => formsOf(value).map(([form, text]) => ({ planting, form, text })))
  const places = [
    ...(await placesKept(root, kept)),
    ...(await placesGiven(upper, forms)),
    ...(await inProcesses(root, forms)),
  ]
  return { root, places: distinct(places), values: forms.map(({ text }) => text), leftOut }
}

const programsOf = async (host: LabHost): Promise<ReadonlySet<string>> => {
  const wanted = plantings.flatMap(({ needs }) => needs)
  const { stdout } = await host.inside([
    'sh',
    '-c',
    'for name; do command -v "$name" >/dev/null && echo "$name"; done',
    'sh',
    ...wanted,
  ])
  return new Set(stdout.split('\n'))
}

interface Form {
  readonly planting: string
  readonly form: string
  readonly text: string
}

/** In all the ways in which programs may write a value without locking it. */
const formsOf = (value: string): [form: string, text: string][] => {
  const bytes = Buffer.from(value)
  const all: [string, string][] = [
    ['clear', value],
    ['url', encodeURIComponent(value)],
    ['url of git', value.replaceAll(/[^\w.~-]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`)],
    ['hex', bytes.toString('hex')],
    ['reversed', value.split('').toReversed().join('')],
    ['utf-16', Buffer.from(value, 'utf16le').toString('latin1')],
    // Base64 of a text that holds it: by where in a group of three bytes it begins.
    ...[0, 1, 2].map((before): [string, string] => {
      const text = Buffer.concat([Buffer.alloc(before), bytes])
        .toString('base64')
        .replace(/=+$/, '')
      return ['base64', text.slice(before === 0 ? 0 : before + 1, text.length - 2)]
    }),
  ]
  const seen = new Set<string>()
  return all.filter(([, text]) => !seen.has(text) && seen.add(text) !== undefined)
}

const placesKept = async (root: string, kept: readonly (Kept & { readonly planting: string })[]) => {
  const places: PlantedPlace[] = []
  for (const { planting, path, lines, is } of kept) {
    const text = await readFile(join(root, path), 'latin1').catch(() => undefined)
    if (text === undefined) throw new Error(`${planting} did not write ${path}`)
    if (lines === undefined) places.push({ planting, path, is })
    else {
      const found = text.split('\n').flatMap((line, index) => (lines.test(line) ? [index + 1] : []))
      // The end of a key is no place of its own.
      const numbers = found.filter((line) => !text.split('\n')[line - 1]!.startsWith('-----END'))
      if (numbers.length === 0) throw new Error(`${planting} wrote ${path} otherwise`)
      for (const line of numbers) places.push({ planting, path, line, is })
    }
  }
  return places
}

/** Wherever in the files that are not the base's one of the values stands. */
const placesGiven = async (upper: string, forms: readonly Form[]) => {
  const places: PlantedPlace[] = []
  for await (const path of filesBelow(upper)) {
    const text = await readFile(join(upper, path), 'latin1')
    for (const { planting, form, text: value } of forms)
      for (let at = text.indexOf(value); at !== -1; at = text.indexOf(value, at + value.length)) {
        const line = text.slice(0, at).split('\n').length
        places.push({ planting, path: `/${path}`, ...(text.includes('\0') ? {} : { line }), is: 'literal', form })
      }
  }
  return places
}

const inProcesses = async (root: string, forms: readonly Form[]) => {
  const places: PlantedPlace[] = []
  for (const pid of await readdir(join(root, 'proc')))
    if (/^\d+$/.test(pid))
      for (const file of ['environ', 'cmdline']) {
        const text = await readFile(join(root, 'proc', pid, file), 'latin1').catch(() => '')
        for (const { planting, form, text: value } of forms)
          if (text.includes(value))
            places.push({ planting, path: `/proc/*/${file}`, line: Number(pid), is: 'literal', form })
      }
  return places
}

async function* filesBelow(root: string, folder = ''): AsyncIterable<string> {
  for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) {
      if (!['proc', 'dev', 'sys'].includes(path)) yield* filesBelow(root, path)
    } else if (entry.isFile()) yield path
  }
}

/** Where the files of the host are that are not the base's. */
const overlayOf = async ({ pid }: LabHost) => {
  const mounts = await readFile(`/proc/${pid}/mounts`, 'utf8')
  return /^overlay \/ overlay \S*upperdir=([^, ]+)/m.exec(mounts)?.[1]
}

const distinct = (places: readonly PlantedPlace[]) => {
  const all = new Map<string, PlantedPlace>()
  for (const place of places) {
    const key = `${place.path}:${place.line ?? ''}${place.path.startsWith('/proc') ? place.form : ''}`
    if (!all.has(key)) all.set(key, place)
  }
  return [...all.values()]
}
