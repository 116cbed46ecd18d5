// Written by `npm run register` from the files of this folder.
import type { HostProbe } from '../probe.ts'

export const probes: readonly HostProbe[] = []
