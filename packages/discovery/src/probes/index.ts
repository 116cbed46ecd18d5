// Written by `npm run register` from the files of this folder.
import type { HostProbe } from '../probe.ts'
import applicationServers from './application-servers.ts'
import authorizedKeys from './authorized-keys.ts'
import containerSockets from './container-sockets.ts'
import containers from './containers.ts'
import cronJobs from './cron-jobs.ts'
import directoryAccounts from './directory-accounts.ts'
import doasRules from './doas-rules.ts'
import homeFolders from './home-folders.ts'
import hostKeys from './host-keys.ts'
import initServices from './init-services.ts'
import keyLogins from './key-logins.ts'
import keytabs from './keytabs.ts'
import knownHosts from './known-hosts.ts'
import lastLogins from './last-logins.ts'
import localAccounts from './local-accounts.ts'
import localPasswords from './local-passwords.ts'
import mongodbAccounts from './mongodb-accounts.ts'
import mysqlAccounts from './mysql-accounts.ts'
import nfsExports from './nfs-exports.ts'
import polkitRules from './polkit-rules.ts'
import postgresqlAccounts from './postgresql-accounts.ts'
import privateKeys from './private-keys.ts'
import privilegedFiles from './privileged-files.ts'
import processCredentials from './process-credentials.ts'
import processes from './processes.ts'
import realm from './realm.ts'
import redisAccounts from './redis-accounts.ts'
import rhosts from './rhosts.ts'
import setuidPrograms from './setuid-programs.ts'
import solarisRbac from './solaris-rbac.ts'
import sshCertificates from './ssh-certificates.ts'
import sshClients from './ssh-clients.ts'
import sshdSettings from './sshd-settings.ts'
import storedCredentials from './stored-credentials.ts'
import suRules from './su-rules.ts'
import sudoRules from './sudo-rules.ts'
import systemdUnits from './systemd-units.ts'
import webServers from './web-servers.ts'

export const probes: readonly HostProbe[] = [
  applicationServers,
  authorizedKeys,
  containerSockets,
  containers,
  cronJobs,
  directoryAccounts,
  doasRules,
  homeFolders,
  hostKeys,
  initServices,
  keyLogins,
  keytabs,
  knownHosts,
  lastLogins,
  localAccounts,
  localPasswords,
  mongodbAccounts,
  mysqlAccounts,
  nfsExports,
  polkitRules,
  postgresqlAccounts,
  privateKeys,
  privilegedFiles,
  processCredentials,
  processes,
  realm,
  redisAccounts,
  rhosts,
  setuidPrograms,
  solarisRbac,
  sshCertificates,
  sshClients,
  sshdSettings,
  storedCredentials,
  suRules,
  sudoRules,
  systemdUnits,
  webServers,
]
