import { SEARCHED_FOLDERS } from './searched-folders.ts'

/** Where programs and people keep settings, besides what other probes search as well. */
export const CREDENTIAL_FOLDERS: readonly string[] = [
  ...SEARCHED_FOLDERS,
  '/boot/grub',
  '/boot/grub2',
  '/var/spool/cron',
  '/run/secrets',
  '/run/credentials',
  '/app',
  '/apps',
  '/data',
  '/export/home',
  '/usr/home',
]

/** Files worth reading in folders that are passed over. */
export const PLACES_WITHIN: readonly string[] = [
  ...['/root', '/home/*'].flatMap((home) => [
    `${home}/.m2/settings*.xml`,
    `${home}/.cargo/credentials*`,
    `${home}/.cargo/config*`,
    `${home}/.gradle/gradle.properties`,
    `${home}/.terraform.d/credentials.tfrc.json`,
    `${home}/.mozilla/firefox/*/logins.json`,
    `${home}/.mozilla/firefox/*/key4.db`,
    `${home}/.thunderbird/*/logins.json`,
    `${home}/.thunderbird/*/key4.db`,
    `${home}/.local/share/containers/auth.json`,
    // What was set by arguments is told there.
    `${home}/.npm/_logs/*.log`,
    `${home}/.git/config`,
    `${home}/*/.git/config`,
    `${home}/*/*/.git/config`,
  ]),
  ...[
    '/etc',
    '/srv',
    '/srv/*',
    '/srv/*/*',
    '/opt/*',
    '/opt/*/*',
    '/var/www',
    '/var/www/*',
    '/var/www/*/*',
    '/usr/local/*',
  ].map((folder) => `${folder}/.git/config`),
  '/var/cache/debconf/passwords.dat',
  '/var/lib/docker/swarm/*.json',
  '/var/lib/kubelet/config.json',
  '/var/lib/rancher/k3s/server/*token',
  '/var/lib/rancher/k3s/server/cred/*.kubeconfig',
  '/var/lib/rancher/rke2/server/*token',
]
