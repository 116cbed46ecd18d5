/** A key whose private half is published, by the fingerprint of its public half. */
export interface PublishedKey {
  readonly fingerprint: string
  /** What it was made for. */
  readonly name: string
  /** Where its private half, or word of it, is published. */
  readonly source: string
}

/**
 * Keys that anybody can use: those that products were shipped with. The fingerprints were computed from the halves that the sources
 * publish. A key is added by a line.
 */
export const PUBLISHED_KEYS: readonly PublishedKey[] = [
  {
    fingerprint: 'SHA256:1M4RzhMyWuFS/86uPY/ce2prh/dVTHW7iD2RhpquOZA',
    name: 'Vagrant, insecure RSA key',
    source: 'github.com/hashicorp/vagrant keys/vagrant.pub',
  },
  {
    fingerprint: 'SHA256:WkvqjnyPAeC0cbPErYiGP9vqHdgL1MqqvPdIe3lvHgI',
    name: 'Vagrant, insecure Ed25519 key',
    source: 'github.com/hashicorp/vagrant keys/vagrant.pub.ed25519',
  },
  {
    fingerprint: 'SHA256:9prMbqhS4QteoFQ1ZRJDqSBLWoHXPyKB0iWR05Ghro4',
    name: 'F5 BIG-IP, root (CVE-2012-1493)',
    source: 'github.com/rapid7/ssh-badkeys private/f5-bigip-cve-2012-1493.pub',
  },
  {
    fingerprint: 'SHA256:uy5wXyEgbRCGsk23+J6f85om7G55Cu3UIPwC7oMZhNQ',
    name: 'ExaGrid backup appliances, root (CVE-2016-1561)',
    source: 'github.com/rapid7/metasploit-framework exploits/linux/ssh/exagrid_known_privkey',
  },
  {
    fingerprint: 'SHA256:Z+q4XhSwWY7q0BIDVPR1v/S306FjGBsid7tLq/8kIxM',
    name: 'Ceragon FibeAir IP-10, mateidu (CVE-2015-0936)',
    source: 'github.com/rapid7/metasploit-framework exploits/linux/ssh/ceragon_fibeair_known_privkey',
  },
  {
    fingerprint: 'SHA256:MEc4HfsOlMqJ3/9QMTmrKn5Xj/yfnMITMW8EwfUfTww',
    name: 'Loadbalancer.org Enterprise VA 7.5.2, root',
    source: 'github.com/rapid7/metasploit-framework exploits/linux/ssh/loadbalancerorg_enterprise_known_privkey',
  },
  {
    fingerprint: 'SHA256:VtjqZ5fiaeoZ3mXOYi49Lk9aO31iT4pahKFP9JPiQPc',
    name: 'Quantum DXi V1000 2.2.1, root',
    source: 'github.com/rapid7/metasploit-framework exploits/linux/ssh/quantum_dxi_known_privkey',
  },
  {
    fingerprint: 'SHA256:f+1oGL+asXtoO20k4kiiM8ECwrx1wEgWe0M7X0zEDhc',
    name: 'VMware vSphere Data Protection 5.5 to 6.1, admin (CVE-2016-7456)',
    source: 'github.com/rapid7/metasploit-framework exploits/linux/ssh/vmware_vdp_known_privkey',
  },
  {
    fingerprint: 'SHA256:zR8FnLg8bTjFMPFlxkJzO4Uir6LWWecScCCrFOgJh8Q',
    name: 'Tesla instrument cluster',
    source: 'github.com/rapid7/ssh-badkeys authorized/tesla_ic',
  },
  {
    fingerprint: 'SHA256:4REJomy/ZbGbLVcbZzR/i6CQuzF+EI6DMvu/lHCxh4M',
    name: 'Kali Linux image for Raspberry Pi 2, host key',
    source: 'github.com/rapid7/ssh-badkeys host/kali-rpi2.pub',
  },
  {
    fingerprint: 'SHA256:wuCw9eo7BPNjjv7e8qmXryjpZ9MGspIwmu8KoSH/Tis',
    name: 'Tandberg VCS, host key',
    source: 'github.com/rapid7/ssh-badkeys host/tandberg-vcs.pub',
  },
  {
    fingerprint: 'SHA256:MlQfTrr4GkwEXWhIdaO2UQqraKMWLwNos2gDRkahH9g',
    name: 'Piunora image of 2021-11-24, host key',
    source: 'github.com/rapid7/ssh-badkeys host/piunora_20211124_ed25519.pub',
  },
  {
    fingerprint: 'SHA256:bTSyNyNBablX5SCmJoOMan7ynqSR2x+FYmeh2Oz56qY',
    name: 'Piunora image of 2021-11-24, host key',
    source: 'github.com/rapid7/ssh-badkeys host/piunora_20211124_ecdsa.pub',
  },
  {
    fingerprint: 'SHA256:nMnJx4mqz7RsxUls5+dr5OMksk+sr1KaSAYprcOHSkY',
    name: 'Piunora image of 2021-12-01, host key',
    source: 'github.com/rapid7/ssh-badkeys host/piunora_20211201_ed25519.pub',
  },
  {
    fingerprint: 'SHA256:LjeI9LHdkiQXmE7RGkth9mtn/sdpy2sOBD+tieb/X2E',
    name: 'Piunora image of 2021-12-01, host key',
    source: 'github.com/rapid7/ssh-badkeys host/piunora_20211201_ecdsa.pub',
  },
  {
    fingerprint: 'SHA256:WtRSB8XG5R0LFE1KvRKV7sa2pTCQBpbVm8W7QLbCb5A',
    name: 'Seagate GoFlex, host key',
    source: 'github.com/rapid7/ssh-badkeys host/Seagate_GoFlex_rsa.pub',
  },
  {
    fingerprint: 'SHA256:fKki+o9MyIk8XUThmRfoejJudcef7mGvkooMCBLyqCM',
    name: 'Advantech EKI, host key',
    source: 'github.com/rapid7/ssh-badkeys host/advantech_eki_rsa.pub',
  },
  {
    fingerprint: 'SHA256:HCKmculX8PrmEXYtnKn3xMnHdnHC/A7+gceWmZNnq0A',
    name: 'Moovbox, host key',
    source: 'github.com/rapid7/ssh-badkeys host/moovbox_host_rsa.pub',
  },
  {
    fingerprint: 'SHA256:0RCgva9fjvPn6TkN89hkVQHIpHkKfvfsGmYtnOgki0g',
    name: 'Quanta LTE router, host key',
    source: 'github.com/rapid7/ssh-badkeys host/Quanta_LTE.pub',
  },
]
