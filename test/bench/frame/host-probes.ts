import { probes, type HostProbe } from '@rollcall/discovery'

/** Every probe but those that look into files and processes for credentials: what they cost grows with the files, and has a benchmark of its own. */
export const hostProbes: readonly HostProbe[] = probes.filter(
  ({ id }) => id !== 'stored-credentials' && id !== 'process-credentials',
)
