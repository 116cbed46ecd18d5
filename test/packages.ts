import { LAB_PACKAGES } from './lab/packages.ts'

/** Every Debian package that a test needs beyond a base system with git and npm. */
export const packagesForTests: readonly string[] = [
  ...new Set([
    ...LAB_PACKAGES,
    // The login shells that the reading script has to work with.
    'ksh',
    'mksh',
    'tcsh',
    'fish',
    // Peers of the parsers: utmpdump, lastlog and the shadow suite, inventories, keys.
    'util-linux',
    'util-linux-extra',
    'login',
    'passwd',
    'ansible-core',
    'openssl',
    // exportfs, which reads its table without a server.
    'nfs-kernel-server',
    // Programs with capabilities, made and told.
    'libcap2-bin',
    'krb5-user',
    // Servers whose accounts are looked for, and what their files are compared with.
    'postgresql',
    'mariadb-server',
    'redis-server',
    'nginx-light',
    'apache2',
    'php8.2-fpm',
    'iproute2',
    'procps',
    'doas',
    // What runs on a schedule or at boot: systemd loads units without running them, cron runs in a namespace.
    'systemd',
    'cron',
    // A directory, and the name service that brings its accounts to a host.
    'slapd',
    'nslcd',
    'libnss-ldapd',
    'sssd-ldap',
    'libnss-sss',
    'libsss-sudo',
    // Directories, what asks them, and their own tools as peers of the parsers.
    'slapd-contrib',
    'ldap-utils',
    'samba-ad-dc',
    'samba-ad-provision',
    'samba-dsdb-modules',
    'samba-vfs-modules',
    'winbind',
    'ldb-tools',
    'python3-samba',
    'libsasl2-modules-gssapi-mit',
    '389-ds-base',
    'libnss3-tools',
    // The broker.
    'nats-server',
    // A clock that is wrong.
    'faketime',
    // What is said of the packages that are made here.
    'lintian',
    'adduser',
    // A journal made of entries that a test writes.
    'systemd-journal-remote',
    // What writes keys and keystores that are looked for.
    'wireguard-tools',
    'age',
    'gnupg',
    'openjdk-17-jre-headless',
    // Programs that write the credentials of servers, as peers of the formats that read them.
    'apache2-utils',
    'bind9',
    'dovecot-core',
    'mosquitto',
    'samba-common-bin',
    'sasl2-bin',
    'snmpd',
    'wpasupplicant',
    // What makes hashes of passwords, as peers of what compares them.
    'whois',
    'python3-passlib',
    // A real browser for the dashboard.
    'chromium',
  ]),
]
