// Written by `npm run register` from the files of this folder.
import type { CredentialFormat } from '../detector.ts'
import awsCredentials from './aws-credentials.ts'
import cifsCredentials from './cifs-credentials.ts'
import gitConfig from './git-config.ts'
import gitCredentials from './git-credentials.ts'
import ldapClients from './ldap-clients.ts'
import mailClients from './mail-clients.ts'
import mountTables from './mount-tables.ts'
import myCnf from './my-cnf.ts'
import netrc from './netrc.ts'
import npmrc from './npmrc.ts'
import pgServiceConf from './pg-service-conf.ts'
import pgpass from './pgpass.ts'
import pythonRegistries from './python-registries.ts'
import rclone from './rclone.ts'
import rubyRegistries from './ruby-registries.ts'
import stores from './stores.ts'

export const formats: readonly CredentialFormat[] = [
  awsCredentials,
  cifsCredentials,
  gitConfig,
  gitCredentials,
  ldapClients,
  mailClients,
  mountTables,
  myCnf,
  netrc,
  npmrc,
  pgServiceConf,
  pgpass,
  pythonRegistries,
  rclone,
  rubyRegistries,
  stores,
]
