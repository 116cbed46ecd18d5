import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { scanHost, type FindRequest, type Host, type HostRequest, type ReadRequest } from '@rollcall/discovery'
import { knownHosts, openHost } from '@rollcall/reach'
import { Secret } from '@rollcall/secret'
import { hostProbes } from './host-probes.ts'

/** Where the host is whose scan is noted. */
export interface NotedHost {
  readonly address: string
  readonly port: number
  readonly user: string
  readonly loginKey: string
  readonly knownHosts: string
}

/** What a scan of one host reads and runs: the work that its peers are given too. */
export interface SameReads {
  /** A POSIX shell script that prints the same files and runs the same programs. */
  readonly script: string
  /** The files that were there to be read. */
  readonly files: readonly string[]
  /** The programs that were there to be run. */
  readonly commands: readonly (readonly string[])[]
  /** Round trips after the login was accepted, opening the shell included. */
  readonly roundTrips: number
}

/** Scans one host and notes what it was asked, so that peers always do what the probes of today do. */
export const sameReads = async ({ address, port, user, loginKey, knownHosts: file }: NotedHost): Promise<SameReads> => {
  const { signal } = new AbortController()
  const privateKey = Secret.ofText(await readFile(loginKey, 'utf8'))
  await using open = await openHost(
    { kind: 'ssh', host: address, port },
    {
      logins: [{ user, methods: [{ kind: 'key', privateKey }], sudo: { kind: 'never' } }],
      hostKeys: knownHosts({ read: [file] }),
      policy: 'strict',
      signal,
    },
  )
  const asked: HostRequest[] = []
  const files = new Set<string>()
  const ranCommands: (readonly string[])[] = []
  const noting: Host = {
    privilege: open.privilege,
    ...(open.provenHostKey === undefined ? {} : { provenHostKey: open.provenHostKey }),
    async ask(requests, signal) {
      asked.push(...requests)
      const answers = await open.ask(requests, signal)
      for (const [index, answer] of answers.entries()) {
        const request = requests[index]
        if (answer.kind === 'read') for (const { path, state } of answer.files) if (state === 'read') files.add(path)
        if (answer.kind === 'run' && answer.result.state === 'ran' && request?.kind === 'run')
          ranCommands.push(request.argv)
      }
      return answers
    },
  }
  await scanHost(noting, hostProbes, {
    sha256: (bytes) => createHash('sha256').update(bytes).digest(),
    publicPoint: () => undefined,
    keyedDigest: () => undefined,
    now: new Date(),
    signal,
  })
  return { script: scriptOf(asked), files: [...files].sort(), commands: ranCommands, roundTrips: open.roundTrips() }
}

const scriptOf = (asked: readonly HostRequest[]): string =>
  [...new Set(asked.map(lineOf)), 'echo "== end"', ''].join('\n')

const lineOf = (request: HostRequest): string => {
  switch (request.kind) {
    case 'read':
      return `for f in ${unglobbed(request.pattern)}; do [ -f "$f" ] && [ -r "$f" ] && echo "== $f" && ${readerOf(request)}; done`
    case 'run':
      return `echo "== run"; ${request.argv.map(quoted).join(' ')} </dev/null 2>/dev/null${filter(request.matching)}`
    case 'find':
      return `echo "== find"; ${searchOf(request)}`
    case 'fetch':
      return `echo "== files"; tar cf - -C / ${request.paths.map((path) => quoted(path.slice(1))).join(' ')}`
  }
}

const readerOf = ({ unpack, matching }: ReadRequest) =>
  `${unpack === true ? 'zcat -f "$f"' : 'cat "$f"'}${filter(matching)}`

const filter = (texts: readonly string[] | undefined) =>
  texts === undefined ? '' : ` | grep -F ${texts.map((text) => `-e ${quoted(text)}`).join(' ')}`

/** As somebody would write it who knows GNU find. */
const searchOf = ({ under, maxDepth = 32, except = [], where = {} }: FindRequest): string => {
  const { types, names, anyMode, minBytes, maxBytes, containing } = where
  const any = (tests: readonly string[]) => `\\( ${tests.join(' -o ')} \\)`
  const tests = [
    ...(types === undefined ? [] : [any(types.map((type) => `-type ${TYPE_LETTERS[type]}`))]),
    ...(names === undefined ? [] : [any(names.map((name) => `-name ${quoted(name)}`))]),
    ...(anyMode === undefined ? [] : [`-perm /${anyMode.toString(8)}`]),
    ...(minBytes === undefined ? [] : [`-size +${minBytes - 1}c`]),
    ...(maxBytes === undefined ? [] : [`-size -${maxBytes + 1}c`]),
    containing === undefined
      ? "-printf '%p %y %m %U %G %s %T@ %l\\n'"
      : `-exec grep -lF ${containing.map((text) => `-e ${quoted(text)}`).join(' ')} {} +`,
  ]
  const prune = except.map((entry) => (entry.startsWith('/') ? `-path ${quoted(entry)}` : `-name ${quoted(entry)}`))
  return [
    `find ${under.map(unglobbed).join(' ')} -maxdepth ${maxDepth} -xdev`,
    ...(prune.length === 0 ? [] : [any(prune), '-prune -o']),
    ...tests,
    '</dev/null 2>/dev/null',
  ].join(' ')
}

const TYPE_LETTERS = { file: 'f', folder: 'd', link: 'l', socket: 's', fifo: 'p', device: 'b', other: 'D' } as const

const quoted = (word: string) => `'${word.replaceAll("'", String.raw`'\''`)}'`

/** Quotes all but the characters of a pattern. */
const unglobbed = (pattern: string) => pattern.replace(/[^*?[\]]+/g, quoted)
