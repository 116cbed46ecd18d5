import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { probes, scanHost, type Host, type HostRequest } from '@rollcall/discovery'
import { knownHosts, openHost } from '@rollcall/reach'
import { Secret } from '@rollcall/secret'
import type { Fleet } from '../../lab/fleet.ts'

/** What a scan of one host of the fleet reads and runs: the work that its peers are given too. */
export interface Facts {
  /** A POSIX shell script that prints the same files and runs the same programs. */
  readonly script: string
  /** The files that were there to be read. */
  readonly files: readonly string[]
  /** The programs that were there to be run. */
  readonly commands: readonly (readonly string[])[]
}

/** Scans one host and notes what it was asked, so that peers always do what the probes of today do. */
export const factsOf = async ({ addresses, port, user, loginKey, knownHosts: file }: Fleet): Promise<Facts> => {
  const { signal } = new AbortController()
  const privateKey = Secret.ofText(await readFile(loginKey, 'utf8'))
  await using open = await openHost(
    { kind: 'ssh', host: addresses[0]!, port },
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
  await scanHost(noting, probes, {
    sha256: (bytes) => createHash('sha256').update(bytes).digest(),
    keyedDigest: () => undefined,
    now: new Date(),
    signal,
  })
  const commands = asked.flatMap((request) => (request.kind === 'run' ? [request.argv] : []))
  const patterns = asked.flatMap((request) => (request.kind === 'read' ? [request.pattern] : []))
  return { script: scriptOf(patterns, commands), files: [...files].sort(), commands: ranCommands }
}

const scriptOf = (patterns: readonly string[], commands: readonly (readonly string[])[]): string =>
  [
    `for f in ${[...new Set(patterns)].map(unglobbed).join(' ')}; do [ -f "$f" ] && [ -r "$f" ] && echo "== $f" && cat "$f"; done`,
    ...commands.map((argv) => `echo "== run"; ${argv.map(quoted).join(' ')} </dev/null 2>/dev/null`),
    'echo "== end"',
    '',
  ].join('\n')

const quoted = (word: string) => `'${word.replaceAll("'", String.raw`'\''`)}'`

/** Quotes all but the characters of a pattern. */
const unglobbed = (pattern: string) => pattern.replace(/[^*?[\]]+/g, quoted)
