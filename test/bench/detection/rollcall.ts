import { detect } from '@rollcall/discovery'
import type { Detector } from './peers.ts'

/** Only what lies open and is in force: comments are a class of their own. */
export const rollcall: Detector = {
  name: 'rollcall',
  find: ({ path, bytes }) =>
    detect(path.replace(/^examples\//, ''), bytes, { keyedDigest: () => undefined })
      .found.filter(({ value, state }) => state !== 'commented' && OPEN.has(value))
      .map(({ line, endLine = line }) => ({ path, from: line, to: endLine })),
}
const OPEN: ReadonlySet<string> = new Set(['literal', 'key', 'hash'])
