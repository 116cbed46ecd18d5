// Written by `npm run register` from the files of this folder.
import type { CredentialFormat } from '../detector.ts'
import awsCredentials from './aws-credentials.ts'
import cifsCredentials from './cifs-credentials.ts'
import gitConfig from './git-config.ts'
import gitCredentials from './git-credentials.ts'
import hostapdTables from './hostapd-tables.ts'
import hostapd from './hostapd.ts'
import keyContainers from './key-containers.ts'
import ldapClients from './ldap-clients.ts'
import mailClients from './mail-clients.ts'
import mountTables from './mount-tables.ts'
import myCnf from './my-cnf.ts'
import netrc from './netrc.ts'
import npmrc from './npmrc.ts'
import openvpn from './openvpn.ts'
import passwordFile from './password-file.ts'
import pgServiceConf from './pg-service-conf.ts'
import pgpass from './pgpass.ts'
import pppSecrets from './ppp-secrets.ts'
import pythonRegistries from './python-registries.ts'
import rclone from './rclone.ts'
import rubyRegistries from './ruby-registries.ts'
import smbpasswd from './smbpasswd.ts'
import stores from './stores.ts'
import vncPassword from './vnc-password.ts'
import wireguard from './wireguard.ts'
import wpaSupplicant from './wpa-supplicant.ts'

export const formats: readonly CredentialFormat[] = [
  awsCredentials,
  cifsCredentials,
  gitConfig,
  gitCredentials,
  hostapdTables,
  hostapd,
  keyContainers,
  ldapClients,
  mailClients,
  mountTables,
  myCnf,
  netrc,
  npmrc,
  openvpn,
  passwordFile,
  pgServiceConf,
  pgpass,
  pppSecrets,
  pythonRegistries,
  rclone,
  rubyRegistries,
  smbpasswd,
  stores,
  vncPassword,
  wireguard,
  wpaSupplicant,
]
