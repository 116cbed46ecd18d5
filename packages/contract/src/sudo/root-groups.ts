/** What membership in a group is worth by what its members may open. */
export interface GroupPower {
  readonly effect: 'root' | 'limited'
  /** Completes "its members …". */
  readonly how: string
}

/**
 * Groups that the programs and devices behind them make as good as root, by their usual names: also where the program is not
 * installed today, since whoever installs it opens its socket to the group that is there. `sudo`, `wheel` and `admin`
 * are not among them: they are worth what the sudo rules make of them. `adm` reads logs and no more.
 */
const POWERS: Readonly<Record<string, GroupPower>> = {
  docker: { effect: 'root', how: 'may start a container through the Docker socket that mounts / of the host, as root' },
  lxd: { effect: 'root', how: 'may start a privileged LXD container that mounts / of the host, as root' },
  lxc: { effect: 'root', how: 'may start a privileged container that mounts / of the host, as root' },
  'incus-admin': { effect: 'root', how: 'may start a privileged Incus container that mounts / of the host, as root' },
  incus: { effect: 'limited', how: 'may start Incus containers in a project of their own, which the daemon confines' },
  libvirt: { effect: 'root', how: 'may start a virtual machine as root that is given any disk or file of the host' },
  libvirtd: { effect: 'root', how: 'may start a virtual machine as root that is given any disk or file of the host' },
  podman: {
    effect: 'limited',
    how: 'may start containers as root where the system-wide Podman socket is open to the group',
  },
  microk8s: {
    effect: 'root',
    how: 'administer the cluster on this host, and may start a pod that mounts / of the host',
  },
  snap_microk8s: {
    effect: 'root',
    how: 'administer the cluster on this host, and may start a pod that mounts / of the host',
  },
  disk: { effect: 'root', how: 'may read and write raw disks, and so every file past its permissions' },
  shadow: { effect: 'root', how: "may read all password hashes, and so guess root's and everybody else's password" },
  kmem: { effect: 'root', how: 'may read kernel memory, and so the keys and passwords of every process' },
  _shadow: { effect: 'root', how: "may read all password hashes, and so guess root's and everybody else's password" },
  ssh_keys: { effect: 'limited', how: 'may read the private keys of this host, and so stand for it to others' },
  input: { effect: 'limited', how: 'may read what is typed at the console, passwords too' },
  tty: { effect: 'limited', how: 'may write to the terminals of others' },
  utmp: { effect: 'limited', how: 'may change the records of who is and was logged in' },
  staff: { effect: 'limited', how: 'may change /usr/local on Debian, where programs that root runs may lie' },
}

const ROOT_GROUP: GroupPower = { effect: 'limited', how: 'may open what belongs to group 0, root' }

/** What a group is worth; the kernel knows it by its number alone, so each of the number's names counts. */
export const groupPower = (
  gid: number,
  names: Iterable<string>,
): (GroupPower & { readonly name: string }) | undefined => {
  let best: (GroupPower & { readonly name: string }) | undefined
  for (const name of names) {
    const power = Object.hasOwn(POWERS, name) ? POWERS[name] : undefined
    if (power !== undefined && best?.effect !== 'root') best = { ...power, name }
  }
  return best ?? (gid === 0 ? { ...ROOT_GROUP, name: 'root' } : undefined)
}
