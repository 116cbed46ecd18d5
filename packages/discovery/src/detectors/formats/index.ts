// Written by `npm run register` from the files of this folder.
import type { CredentialFormat } from '../detector.ts'
import ansibleInventory from './ansible-inventory.ts'
import ansibleVault from './ansible-vault.ts'
import asterisk from './asterisk.ts'
import awsCredentials from './aws-credentials.ts'
import bacula from './bacula.ts'
import bareSecrets from './bare-secrets.ts'
import bindKeys from './bind-keys.ts'
import bootLoader from './boot-loader.ts'
import caddy from './caddy.ts'
import cephKeyring from './ceph-keyring.ts'
import ciFiles from './ci-files.ts'
import cifsCredentials from './cifs-credentials.ts'
import cloudInit from './cloud-init.ts'
import cloudLogins from './cloud-logins.ts'
import clusterAuthkeys from './cluster-authkeys.ts'
import clusterKeyFile from './cluster-key-file.ts'
import collectd from './collectd.ts'
import coturn from './coturn.ts'
import couchdb from './couchdb.ts'
import courierAuth from './courier-auth.ts'
import dbconfigCommon from './dbconfig-common.ts'
import debconf from './debconf.ts'
import desktopLogins from './desktop-logins.ts'
import dnsKeys from './dns-keys.ts'
import dnssecPrivateKey from './dnssec-private-key.ts'
import dockerConfig from './docker-config.ts'
import dockerfile from './dockerfile.ts'
import dotenv from './dotenv.ts'
import dovecot from './dovecot.ts'
import drbd from './drbd.ts'
import dynamicDns from './dynamic-dns.ts'
import eximConf from './exim-conf.ts'
import expect from './expect.ts'
import freeradiusUsers from './freeradius-users.ts'
import freeradius from './freeradius.ts'
import gitConfig from './git-config.ts'
import gitCredentials from './git-credentials.ts'
import gnupgKeys from './gnupg-keys.ts'
import googleCredentials from './google-credentials.ts'
import grafanaSources from './grafana-sources.ts'
import haproxy from './haproxy.ts'
import hcl from './hcl.ts'
import histories from './histories.ts'
import hostapdTables from './hostapd-tables.ts'
import hostapd from './hostapd.ts'
import icinga from './icinga.ts'
import identityKeys from './identity-keys.ts'
import iniLogins from './ini-logins.ts'
import ini from './ini.ts'
import inspircd from './inspircd.ts'
import ipsecSecrets from './ipsec-secrets.ts'
import ircBots from './irc-bots.ts'
import ircServers from './irc-servers.ts'
import iscsiTargets from './iscsi-targets.ts'
import iscsi from './iscsi.ts'
import jaas from './jaas.ts'
import jbossUsers from './jboss-users.ts'
import jsonWebKeys from './json-web-keys.ts'
import json from './json.ts'
import keepalived from './keepalived.ts'
import keyContainers from './key-containers.ts'
import kubeconfig from './kubeconfig.ts'
import kubernetesSecrets from './kubernetes-secrets.ts'
import ldif from './ldif.ts'
import lftp from './lftp.ts'
import listedDatabases from './listed-databases.ts'
import mailClients from './mail-clients.ts'
import mailLogins from './mail-logins.ts'
import mavenSettings from './maven-settings.ts'
import monit from './monit.ts'
import mosquitto from './mosquitto.ts'
import mountTables from './mount-tables.ts'
import myCnf from './my-cnf.ts'
import mysqlReplica from './mysql-replica.ts'
import nagios from './nagios.ts'
import netplan from './netplan.ts'
import netrc from './netrc.ts'
import networkDevices from './network-devices.ts'
import networkManager from './network-manager.ts'
import npmrc from './npmrc.ts'
import ntpKeys from './ntp-keys.ts'
import nut from './nut.ts'
import oneLineLogins from './one-line-logins.ts'
import openvpn from './openvpn.ts'
import pairedLogins from './paired-logins.ts'
import pamModules from './pam-modules.ts'
import passwordFile from './password-file.ts'
import pgServiceConf from './pg-service-conf.ts'
import pgbouncerUsers from './pgbouncer-users.ts'
import pgpass from './pgpass.ts'
import postfixMaps from './postfix-maps.ts'
import postgresqlConf from './postgresql-conf.ts'
import powerdns from './powerdns.ts'
import pppSecrets from './ppp-secrets.ts'
import pppdOptions from './pppd-options.ts'
import processEnvironment from './process-environment.ts'
import proftpd from './proftpd.ts'
import properties from './properties.ts'
import prosodyAccount from './prosody-account.ts'
import proxychains from './proxychains.ts'
import pythonRegistries from './python-registries.ts'
import rabbitmq from './rabbitmq.ts'
import radiusServers from './radius-servers.ts'
import radsecproxy from './radsecproxy.ts'
import rancidLogins from './rancid-logins.ts'
import rclone from './rclone.ts'
import realmProperties from './realm-properties.ts'
import redis from './redis.ts'
import rsyncSecrets from './rsync-secrets.ts'
import rubyRegistries from './ruby-registries.ts'
import saslConf from './sasl-conf.ts'
import sasldb from './sasldb.ts'
import secretTables from './secret-tables.ts'
import secretsFiles from './secrets-files.ts'
import serviceSettings from './service-settings.ts'
import shellVariables from './shell-variables.ts'
import sipProxy from './sip-proxy.ts'
import slapdConf from './slapd-conf.ts'
import smbpasswd from './smbpasswd.ts'
import snmp from './snmp.ts'
import sops from './sops.ts'
import sourceSettings from './source-settings.ts'
import spamFilters from './spam-filters.ts'
import squid from './squid.ts'
import stores from './stores.ts'
import subversionAuth from './subversion-auth.ts'
import swanctl from './swanctl.ts'
import systemdUnits from './systemd-units.ts'
import tacacs from './tacacs.ts'
import terraformState from './terraform-state.ts'
import tomcatUsers from './tomcat-users.ts'
import toml from './toml.ts'
import tunnels from './tunnels.ts'
import unattendedInstall from './unattended-install.ts'
import uucp from './uucp.ts'
import vncPassword from './vnc-password.ts'
import webServer from './web-server.ts'
import windowsAnswerFiles from './windows-answer-files.ts'
import wireguard from './wireguard.ts'
import wpaSupplicant from './wpa-supplicant.ts'
import xml from './xml.ts'
import yaml from './yaml.ts'
import zabbix from './zabbix.ts'
import znc from './znc.ts'

export const formats: readonly CredentialFormat[] = [
  ansibleInventory,
  ansibleVault,
  asterisk,
  awsCredentials,
  bacula,
  bareSecrets,
  bindKeys,
  bootLoader,
  caddy,
  cephKeyring,
  ciFiles,
  cifsCredentials,
  cloudInit,
  cloudLogins,
  clusterAuthkeys,
  clusterKeyFile,
  collectd,
  coturn,
  couchdb,
  courierAuth,
  dbconfigCommon,
  debconf,
  desktopLogins,
  dnsKeys,
  dnssecPrivateKey,
  dockerConfig,
  dockerfile,
  dotenv,
  dovecot,
  drbd,
  dynamicDns,
  eximConf,
  expect,
  freeradiusUsers,
  freeradius,
  gitConfig,
  gitCredentials,
  gnupgKeys,
  googleCredentials,
  grafanaSources,
  haproxy,
  hcl,
  histories,
  hostapdTables,
  hostapd,
  icinga,
  identityKeys,
  iniLogins,
  ini,
  inspircd,
  ipsecSecrets,
  ircBots,
  ircServers,
  iscsiTargets,
  iscsi,
  jaas,
  jbossUsers,
  jsonWebKeys,
  json,
  keepalived,
  keyContainers,
  kubeconfig,
  kubernetesSecrets,
  ldif,
  lftp,
  listedDatabases,
  mailClients,
  mailLogins,
  mavenSettings,
  monit,
  mosquitto,
  mountTables,
  myCnf,
  mysqlReplica,
  nagios,
  netplan,
  netrc,
  networkDevices,
  networkManager,
  npmrc,
  ntpKeys,
  nut,
  oneLineLogins,
  openvpn,
  pairedLogins,
  pamModules,
  passwordFile,
  pgServiceConf,
  pgbouncerUsers,
  pgpass,
  postfixMaps,
  postgresqlConf,
  powerdns,
  pppSecrets,
  pppdOptions,
  processEnvironment,
  proftpd,
  properties,
  prosodyAccount,
  proxychains,
  pythonRegistries,
  rabbitmq,
  radiusServers,
  radsecproxy,
  rancidLogins,
  rclone,
  realmProperties,
  redis,
  rsyncSecrets,
  rubyRegistries,
  saslConf,
  sasldb,
  secretTables,
  secretsFiles,
  serviceSettings,
  shellVariables,
  sipProxy,
  slapdConf,
  smbpasswd,
  snmp,
  sops,
  sourceSettings,
  spamFilters,
  squid,
  stores,
  subversionAuth,
  swanctl,
  systemdUnits,
  tacacs,
  terraformState,
  tomcatUsers,
  toml,
  tunnels,
  unattendedInstall,
  uucp,
  vncPassword,
  webServer,
  windowsAnswerFiles,
  wireguard,
  wpaSupplicant,
  xml,
  yaml,
  zabbix,
  znc,
]
