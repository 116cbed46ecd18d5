export { DEFAULT_MAX_BYTES, DEFAULT_MAX_FILES, DEFAULT_MAX_ENTRIES, type CommandResult, type FileStat, type FileType, type FindCondition, type FindRequest, type FindResult, type FoundEntry, type Host, type HostAnswer, type HostFile, type HostRequest, type ReadRequest, type RunRequest, type Unread } from './host.ts'
export { type HostProbe, type KeyedDigest, type ParseContext, type PublicPoint, type Sha256 } from './probe.ts'
export { probes } from './probes/index.ts'
export { scanHost, type ScannedHost, type ScannedSection, type ScanTools } from './scan.ts'
