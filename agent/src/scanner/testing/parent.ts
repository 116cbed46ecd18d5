import { fileURLToPath } from 'node:url'
import { knownHosts } from '@rollcall/reach'
import { openHostScanners } from '../host-scanners.ts'

/* Starts a process that scans and waits, to be killed. */

const { scanHost } = openHostScanners({
  program: fileURLToPath(new URL('odd-scanner.ts', import.meta.url)),
  scanning: { reach: { logins: [], hostKeys: knownHosts({ read: [] }), policy: 'strict' }, now: () => new Date() },
})
await scanHost({ kind: 'ssh', host: 'waits.invalid', port: 22 }, new AbortController().signal)
