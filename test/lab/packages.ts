/** The Debian packages that the lab and the tests upon it run. Names of Debian 12; all of them are in its `main`. */
export const LAB_PACKAGES = [
  'openssh-server',
  'openssh-client',
  'sudo',
  'mmdebstrap',
  'busybox-static',
  'dropbear-bin',
  'putty-tools',
  'util-linux',
  'perl-base',
] as const

/** What the base of the lab's Debian hosts consists of, besides Debian's essential packages. */
export const BASE_PACKAGES = [
  'openssh-server',
  'sudo',
  'passwd',
  'procps',
  'mount',
  'cron',
  'login',
  'tcsh',
  'libcap2-bin',
] as const

/** The peers that benchmarks measure beside Rollcall, and what they need. */
export const BENCH_PACKAGES = ['pssh', 'ansible-core', 'time'] as const
