/** Where people and programs keep files of their own. What several probes look for there is found in one walk. */
export const SEARCHED_FOLDERS = [
  '/root',
  '/home',
  '/etc',
  '/opt',
  '/srv',
  '/usr/local',
  '/var/lib',
  '/var/www',
  '/var/opt',
  '/var/backups',
  '/tmp',
  '/var/tmp',
]

/** Folders in which there are very many files and none that an account logs in with. */
export const LEFT_OUT = [
  'node_modules',
  '__pycache__',
  'site-packages',
  'dist-packages',
  '.git',
  '.hg',
  '.svn',
  'pg_wal',
  'overlay2',
  '.cache',
  '.npm',
  '.cargo',
  '.rustup',
  '.m2',
  '.gradle',
  '.terraform.d',
  '.mozilla',
  '.thunderbird',
  'Maildir',
  ...'docker containerd containers rancher kubelet lxc lxd machines mock snapd flatpak dpkg apt rpm dnf pacman apk mlocate'
    .split(' ')
    .map((name) => `/var/lib/${name}`),
  ...['plocate', 'man-db', 'selinux', 'ceph'].map((name) => `/var/lib/${name}`),
  ...['containers', 'docker', 'flatpak', 'Trash'].map((name) => `/home/*/.local/share/${name}`),
  '/var/lib/postgresql/*/*/base',
  '/var/lib/pgsql/*/data/base',
  '/var/lib/pgsql/data/base',
  '/usr/local/go',
].map((folder) => `${folder}/`)
