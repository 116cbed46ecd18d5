import { lastPart } from '../posix-path.ts'

/*
 * Programs that distributions ship setuid, setgid or with file capabilities. They look at who calls them, and give what they are for
 * and no more, so long as they are the distribution's own: this says nothing of their faults.
 */

/** Whether a program of this path, owner or group bits and all, is one that distributions ship so. */
export const isOrdinarySetuid = (path: string): boolean => isOfSystem(path) && SETUID.has(lastPart(path))
export const isOrdinarySetgid = (path: string): boolean =>
  isOfSystem(path) && (SETGID.has(lastPart(path)) || SETUID.has(lastPart(path)))

/** Also only where it has no other capability than those it is shipped with. */
export const isOrdinaryCapable = (path: string, capabilities: string): boolean => {
  const usual = isOfSystem(path) ? CAPABLE.get(lastPart(path)) : undefined
  const names = capabilities.match(/cap_[a-z_]+/g) ?? ['all']
  return usual !== undefined && names.every((name) => usual.has(name))
}

/** Folders that only packages of the system put programs in. */
const isOfSystem = (path: string) =>
  /^\/(?:usr\/)?(?:s?bin|lib(?:exec|32|64|x32)?)\//.test(path) || SHIPPED_ELSEWHERE.has(path) || SANDBOX.test(path)

/** What browsers and programs made of one confine themselves with, wherever their packages lie. */
const SANDBOX = /^\/opt\/(?:[^/]+\/){1,6}(?:chrome-sandbox|msedge-sandbox|vivaldi-sandbox|opera_sandbox)$/

const words = (text: string) => new Set(text.split(/\s+/))

const SHIPPED_ELSEWHERE = words(
  '/usr/local/bin/sudo /usr/local/bin/doas /usr/local/libexec/dbus-daemon-launch-helper /usr/local/libexec/polkit-agent-helper-1 /usr/local/lib/polkit-1/polkit-agent-helper-1 /usr/local/bin/pkexec /usr/local/bin/ksu',
)

const SETUID = words(
  `su sudo sudoedit sudo-rs su-rs doas doasedit pkexec ksu passwd chsh chfn chage gpasswd newgrp sg expiry newuidmap newgidmap
  mount umount mount.nfs mount.nfs4 umount.nfs umount.nfs4 mount.cifs mount.davfs mount.ecryptfs_private umount.ecryptfs_private
  mount.fuse mount.ntfs mount.ntfs-3g ntfs-3g fusermount fusermount3 ping ping4 ping6 arping clockdiff traceroute traceroute6
  traceroute6.iputils mtr-packet crontab at atq atrm batch unix_chkpwd unix2_chkpwd pam_timestamp_check pam_extrausers_chkpwd pwdb_chkpwd
  pppd ppp exim exim4 procmail ssh-keysign dbus-daemon-launch-helper polkit-agent-helper-1 polkit-grant-helper-pam snap-confine
  chrome-sandbox bwrap spice-client-glib-usb-acl-helper qemu-bridge-helper userhelper usernetctl usermount consolehelper
  grub2-set-bootflag Xorg Xorg.wrap X krb5_child ldap_child proxy_child selinux_child p11_child cockpit-session
  abrt-action-install-debuginfo-to-abrt-cache auth_pam_tool lxc-user-nic vmware-user-suid-wrapper suexec authbind helper kismet_capture
  staprun sandbox-setuid seunshare virtfs-proxy-helper cdrecord wodim readcd rscsi cdda2wav pmount pumount pmount-hal eject
  kcheckpass kcheckpass.kf5 kgrantpty kpac_dhcp_helper start_kdeinit kdesud fileshareset utempter utemper
  isdnctrl vboxadd-service VBoxHeadless VBoxNetAdpCtl VBoxNetDHCP VBoxNetNAT VBoxSDL VBoxVolInfo VirtualBoxVM
  sperl5.30.0 pt_chown bbsuid rlogin rsh rcp chpass ypchpass ypchfn ypchsh yppasswd login lock quota opieinfo opiepasswd
  lpq lpr lprm lpc lppasswd shutdown poweroff mksnap_ffs timedc authpf authpf-noip trpt dma dma-mbox-create ulog-helper sendmail
  ssh-agent-helper gnome-pty-helper enlightenment_sys enlightenment_ckpasswd nvidia-modprobe amanda-helper killpgrp calcsize rundump
  dumpcap inndstart rnews slock physlock swaylock i3lock vlock tcptraceroute fping fping6 sensible-mda lockdev ecryptfs sendmail.postfix
  mail-dotlock dotlockfile maidag smbmnt smbumount ncpmount ncpumount nwsfind zoneadmd rmformat allocate deallocate list_devices pfexec
  nullmailer-queue innbind schroot firejail pam-tmpdir-helper check_icmp check_dhcp fdmount mail.local deliver
  vmware-authd vmware-vmx vmware-vmx-debug vmware-vmx-stats vmware-mount msedge-sandbox vivaldi-sandbox opera_sandbox
  acct cu uux uucp uuname uustat uucico uuxqt bsd-write mtr sssd_be sssd_pam singularity-suid starter-suid`,
)

const SETGID = words(
  `wall write bsd-write write.ul locate mlocate plocate slocate screen dotlockfile mail-lock mail-unlock mail-touchlock mutt_dotlock
  dotlock.mailutils postdrop postqueue sendmail.sendmail smtpctl opensmtpd ssh-agent crontab at chage expiry unix_chkpwd
  pam_extrausers_chkpwd camel-lock-helper-1.2 gnome-pty-helper utempter mandb man netreport lockfile procmail mail lockdev
  usbip-helper bsd-mailx emacs-movemail movemail update-game-score netstat vmstat systat fstat btsockstat trpt iostat dmesg
  ssh-keysign xterm rxvt urxvtd luit kdesud cgclassify cgexec grantpt google-authenticator minicom nethack nethack-console uucp Xorg
  polkit-agent-helper-1 sudosh passwd etrn sendmail xlock xscreensaver plocate.updatedb gnomine gnotravex mahjongg abrt-gui`,
)

const CAPABLE: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  (
    [
      [
        'ping ping4 ping6 fping mtr-packet traceroute traceroute6 traceroute6.iputils arping',
        'cap_net_raw cap_net_admin',
      ],
      ['clockdiff', 'cap_net_raw cap_sys_nice'],
      ['newuidmap', 'cap_setuid'],
      ['newgidmap', 'cap_setgid'],
      ['dumpcap', 'cap_net_raw cap_net_admin'],
      ['gst-ptp-helper', 'cap_net_bind_service cap_net_admin cap_sys_nice'],
      ['gnome-keyring-daemon', 'cap_ipc_lock'],
      ['gnome-shell kwin_wayland kwin_x11 pipewire sway', 'cap_sys_nice'],
      ['suexec', 'cap_setuid cap_setgid'],
      ['rsh rcp rlogin', 'cap_net_bind_service'],
      [
        'systemd-bless-boot wodim cdrecord',
        'cap_sys_resource cap_sys_nice cap_sys_rawio cap_ipc_lock cap_dac_override',
      ],
      ['smartctl', 'cap_sys_rawio'],
      ['qemu-bridge-helper', 'cap_net_admin'],
      ['lxc-user-nic', 'cap_net_admin'],
      ['vsce_vdpa swtpm', 'cap_net_bind_service'],
      ['captest mongrel2', 'cap_net_bind_service'],
      ['kismet_capture', 'cap_net_raw cap_net_admin'],
      ['krb5_child ldap_child selinux_child sssd_pam', 'cap_dac_read_search cap_setuid cap_setgid cap_chown'],
      ['slirp4netns iftop nethogs', 'cap_net_raw cap_net_admin cap_dac_read_search cap_sys_ptrace'],
    ] as const
  ).flatMap(([names, capabilities]) => {
    const set = words(capabilities)
    return names.split(' ').map((name) => [name, set] as const)
  }),
)
