import { isList, isPrintedByLine } from './keywords.ts'

/** What holds where nothing is set, and what this sshd knows. */
export interface SshdDefaults {
  /** Values by keyword, as `sshd -T` prints them. */
  readonly settings: ReadonlyMap<string, readonly string[]>
  /** Whether the host's own sshd said so; otherwise they are those of OpenSSH 9.2. */
  readonly fromHost: boolean
}

/** Reads what `sshd -T` printed: its effective settings. Undefined when it is not that. */
export const parseSshdSettings = (output: string): Settings | undefined => {
  const known = RECENT.get(output)
  if (known !== undefined) return known
  const settings = readSettings(output)
  if (settings === undefined || output.length > LONGEST_KEPT) return settings
  if (RECENT.size >= MOST_KEPT) RECENT.clear()
  RECENT.set(output, settings)
  return settings
}

type Settings = ReadonlyMap<string, readonly string[]>

/** The defaults of a release are the same text on each host that has it. */
const RECENT = new Map<string, Settings>()
const MOST_KEPT = 32
const LONGEST_KEPT = 16_384

const readSettings = (output: string): Settings | undefined => {
  const settings = new Map<string, readonly string[]>()
  for (const line of output.split('\n').slice(0, 2000)) {
    const match = /^([a-z0-9]{2,64}) (\S.*)$/.exec(line)
    if (match === null) continue
    const [, name = '', value = ''] = match
    if (isPrintedByLine(name)) settings.set(name, [...(settings.get(name) ?? []), value])
    else settings.set(name, isList(name) ? value.split(' ') : [value])
  }
  return settings.has('port') && settings.has('permitrootlogin') ? settings : undefined
}

const CERTIFICATES = [
  'ssh-ed25519-cert-v01@openssh.com',
  'ecdsa-sha2-nistp256-cert-v01@openssh.com',
  'ecdsa-sha2-nistp384-cert-v01@openssh.com',
  'ecdsa-sha2-nistp521-cert-v01@openssh.com',
  'sk-ssh-ed25519-cert-v01@openssh.com',
  'sk-ecdsa-sha2-nistp256-cert-v01@openssh.com',
  'rsa-sha2-512-cert-v01@openssh.com',
  'rsa-sha2-256-cert-v01@openssh.com',
]

const SIGNATURES = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'sk-ssh-ed25519@openssh.com',
  'sk-ecdsa-sha2-nistp256@openssh.com',
  'rsa-sha2-512',
  'rsa-sha2-256',
]

const KEYS = [...CERTIFICATES, ...SIGNATURES].join(',')

/** The defaults of OpenSSH 9.2 for Linux, which later releases have with additions. */
export const DEFAULTS_OF_9_2: SshdDefaults = {
  fromHost: false,
  settings: parseSshdSettings(`port 22
addressfamily any
listenaddress [::]:22
listenaddress 0.0.0.0:22
usepam no
logingracetime 120
x11displayoffset 10
maxauthtries 6
maxsessions 10
clientaliveinterval 0
clientalivecountmax 3
requiredrsasize 1024
streamlocalbindmask 0177
unusedconnectiontimeout none
permitrootlogin without-password
ignorerhosts yes
ignoreuserknownhosts no
hostbasedauthentication no
hostbasedusesnamefrompacketonly no
pubkeyauthentication yes
kerberosauthentication no
kerberosorlocalpasswd yes
kerberosticketcleanup yes
gssapiauthentication no
gssapicleanupcredentials yes
passwordauthentication yes
kbdinteractiveauthentication yes
printmotd yes
printlastlog yes
x11forwarding no
x11uselocalhost yes
permittty yes
permituserrc yes
strictmodes yes
tcpkeepalive yes
permitemptypasswords no
compression yes
gatewayports no
usedns no
allowtcpforwarding yes
allowagentforwarding yes
disableforwarding no
allowstreamlocalforwarding yes
streamlocalbindunlink no
fingerprinthash SHA256
exposeauthinfo no
pidfile /run/sshd.pid
modulifile /etc/ssh/moduli
xauthlocation /usr/bin/xauth
ciphers chacha20-poly1305@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr,aes128-gcm@openssh.com,aes256-gcm@openssh.com
macs umac-64-etm@openssh.com,umac-128-etm@openssh.com,hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha1-etm@openssh.com,umac-64@openssh.com,umac-128@openssh.com,hmac-sha2-256,hmac-sha2-512,hmac-sha1
banner none
forcecommand none
chrootdirectory none
trustedusercakeys none
revokedkeys none
securitykeyprovider internal
authorizedprincipalsfile none
versionaddendum none
authorizedkeyscommand none
authorizedkeyscommanduser none
authorizedprincipalscommand none
authorizedprincipalscommanduser none
hostkeyagent none
kexalgorithms sntrup761x25519-sha512@openssh.com,curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,ecdh-sha2-nistp521,diffie-hellman-group-exchange-sha256,diffie-hellman-group16-sha512,diffie-hellman-group18-sha512,diffie-hellman-group14-sha256
casignaturealgorithms ${SIGNATURES.join(',')}
hostbasedacceptedalgorithms ${KEYS}
hostkeyalgorithms ${KEYS}
pubkeyacceptedalgorithms ${KEYS}
loglevel INFO
syslogfacility AUTH
authorizedkeysfile .ssh/authorized_keys .ssh/authorized_keys2
hostkey /etc/ssh/ssh_host_rsa_key
hostkey /etc/ssh/ssh_host_ecdsa_key
hostkey /etc/ssh/ssh_host_ed25519_key
authenticationmethods any
maxstartups 10:30:100
persourcemaxstartups none
persourcenetblocksize 32:128
permittunnel no
ipqos af21 cs1
rekeylimit 0 0
permitopen any
permitlisten any
permituserenvironment no
pubkeyauthoptions none
`)!,
}

/**
 * All algorithms of a kind that OpenSSH has compiled in, in its own order: what a pattern in a list can stand for. Plain
 * names need no such list. Undefined for lists in which sshd takes no patterns.
 */
export const allAlgorithms = (name: string): readonly string[] => {
  if (name === 'casignaturealgorithms') return ALL_KEYS.filter((algorithm) => !algorithm.includes('-cert-'))
  return /^(?:host|pubkey).*algorithms$/.test(name) ? ALL_KEYS : []
}

const ALL_KEYS = [
  'ssh-ed25519',
  'ssh-ed25519-cert-v01@openssh.com',
  'sk-ssh-ed25519@openssh.com',
  'sk-ssh-ed25519-cert-v01@openssh.com',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp256-cert-v01@openssh.com',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp384-cert-v01@openssh.com',
  'ecdsa-sha2-nistp521',
  'ecdsa-sha2-nistp521-cert-v01@openssh.com',
  'sk-ecdsa-sha2-nistp256@openssh.com',
  'sk-ecdsa-sha2-nistp256-cert-v01@openssh.com',
  'webauthn-sk-ecdsa-sha2-nistp256@openssh.com',
  'ssh-dss',
  'ssh-dss-cert-v01@openssh.com',
  'ssh-rsa',
  'ssh-rsa-cert-v01@openssh.com',
  'rsa-sha2-256',
  'rsa-sha2-256-cert-v01@openssh.com',
  'rsa-sha2-512',
  'rsa-sha2-512-cert-v01@openssh.com',
]
