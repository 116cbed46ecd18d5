// Written by `npm run register` from the files of this folder.
import type { CredentialFormat } from '../detector.ts'
import awsCredentials from './aws-credentials.ts'
import bindKeys from './bind-keys.ts'
import cifsCredentials from './cifs-credentials.ts'
import courierAuth from './courier-auth.ts'
import dnsKeys from './dns-keys.ts'
import dnssecPrivateKey from './dnssec-private-key.ts'
import dotenv from './dotenv.ts'
import dovecot from './dovecot.ts'
import freeradiusUsers from './freeradius-users.ts'
import freeradius from './freeradius.ts'
import gitConfig from './git-config.ts'
import gitCredentials from './git-credentials.ts'
import hostapdTables from './hostapd-tables.ts'
import hostapd from './hostapd.ts'
import ini from './ini.ts'
import json from './json.ts'
import keyContainers from './key-containers.ts'
import ldapClient from './ldap-client.ts'
import ldapClients from './ldap-clients.ts'
import ldif from './ldif.ts'
import mailClients from './mail-clients.ts'
import mailLogins from './mail-logins.ts'
import mountTables from './mount-tables.ts'
import myCnf from './my-cnf.ts'
import netrc from './netrc.ts'
import npmrc from './npmrc.ts'
import ntpKeys from './ntp-keys.ts'
import openvpn from './openvpn.ts'
import pamModules from './pam-modules.ts'
import passwordFile from './password-file.ts'
import pgServiceConf from './pg-service-conf.ts'
import pgpass from './pgpass.ts'
import postfixMaps from './postfix-maps.ts'
import powerdns from './powerdns.ts'
import pppSecrets from './ppp-secrets.ts'
import processEnvironment from './process-environment.ts'
import proftpd from './proftpd.ts'
import properties from './properties.ts'
import pythonRegistries from './python-registries.ts'
import radiusServers from './radius-servers.ts'
import radsecproxy from './radsecproxy.ts'
import rclone from './rclone.ts'
import redis from './redis.ts'
import rubyRegistries from './ruby-registries.ts'
import saslConf from './sasl-conf.ts'
import slapdConf from './slapd-conf.ts'
import smbpasswd from './smbpasswd.ts'
import snmp from './snmp.ts'
import stores from './stores.ts'
import tacacs from './tacacs.ts'
import toml from './toml.ts'
import vncPassword from './vnc-password.ts'
import wireguard from './wireguard.ts'
import wpaSupplicant from './wpa-supplicant.ts'
import xml from './xml.ts'
import yaml from './yaml.ts'

export const formats: readonly CredentialFormat[] = [
  awsCredentials,
  bindKeys,
  cifsCredentials,
  courierAuth,
  dnsKeys,
  dnssecPrivateKey,
  dotenv,
  dovecot,
  freeradiusUsers,
  freeradius,
  gitConfig,
  gitCredentials,
  hostapdTables,
  hostapd,
  ini,
  json,
  keyContainers,
  ldapClient,
  ldapClients,
  ldif,
  mailClients,
  mailLogins,
  mountTables,
  myCnf,
  netrc,
  npmrc,
  ntpKeys,
  openvpn,
  pamModules,
  passwordFile,
  pgServiceConf,
  pgpass,
  postfixMaps,
  powerdns,
  pppSecrets,
  processEnvironment,
  proftpd,
  properties,
  pythonRegistries,
  radiusServers,
  radsecproxy,
  rclone,
  redis,
  rubyRegistries,
  saslConf,
  slapdConf,
  smbpasswd,
  snmp,
  stores,
  tacacs,
  toml,
  vncPassword,
  wireguard,
  wpaSupplicant,
  xml,
  yaml,
]
