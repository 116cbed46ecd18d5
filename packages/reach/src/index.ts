export { privateKeyProblem } from './auth.ts'
export { openLinuxPassword, type LinuxPassword, type PasswordField, type Replaced } from './changes/linux-password.ts'
export { collectHostKey, keepCollected, type CollectedHostKey } from './collect-host-key.ts'
export { knownHosts, type HostKeys, type KnownHostsFiles } from './host-keys.ts'
export { keyFingerprint, type HostKey, type KnownKeys } from './known-hosts.ts'
export { DEFAULT_LIMITS, type HostLimits } from './limits.ts'
export {
  certificatePins,
  listCertificatePins,
  vouchForCertificates,
  type CertificatePin,
  type CertificatePins,
} from './ldap/certificate-pins.ts'
export { type CertificatePolicy, type DirectoryTrust } from './ldap/certificate-trust.ts'
export { DEFAULT_DIRECTORY_LIMITS, type DirectoryLimits } from './ldap/directory-limits.ts'
export { type DirectoryLogin } from './ldap/directory-login.ts'
export { filterValue } from './ldap/filter-value.ts'
export {
  loginLedger,
  type LoginAttempt,
  type LoginLedger,
  type LoginRefusal,
  type OwnLedger,
  type SharedLedger,
  type StartedLogin,
} from './ldap/login-ledger.ts'
export { type OpenDirectory, type OpenDirectoryOptions } from './ldap/open-directory.ts'
export { type Login, type LoginMethod, type PasswordRules } from './login.ts'
export { openDirectory } from './open-directory.ts'
export { openHost, type OpenHost, type OpenHostOptions } from './open-host.ts'
export { forgetPins, type PinStanding } from './pin-file.ts'
export { approvePins, listPins, pinName, vouchForKeys, type Pin, type VouchedKey } from './pins.ts'
export { ReachError, type ReachFailure } from './reach-error.ts'
export { addressIn, hostIn, type ReachScope } from './reach-scope.ts'
export { rightsOf, sudoersFile, type ProbeRights } from './rights-file.ts'
export { type HostKeyPolicy, type SshTarget } from './ssh-connection.ts'
export { type SudoPolicy } from './start-shell.ts'
export { sweep, type Swept, type SweepOptions, type SweepState } from './sweep.ts'
