/** One line of known_hosts(5). */
export const knownHostsLine = (address: string, port: number, publicKey: string) =>
  `${port === 22 ? address : `[${address}]:${port}`} ${publicKey}\n`

export interface SshLogin {
  readonly address: string
  readonly port: number
  readonly user: string
  readonly keyFile: string
  readonly knownHosts: string
}

/** The ssh command for a line; configuration files of this machine play no part. */
export const sshCommand = (
  { address, port, user, keyFile, knownHosts }: SshLogin,
  ...line: readonly string[]
): [string, ...string[]] => {
  const options = [
    'BatchMode=yes',
    'IdentitiesOnly=yes',
    'StrictHostKeyChecking=yes',
    `UserKnownHostsFile=${knownHosts}`,
    'GlobalKnownHostsFile=none',
  ]
  return [
    'ssh',
    '-F',
    'none',
    '-i',
    keyFile,
    '-p',
    String(port),
    ...options.flatMap((option) => ['-o', option]),
    `${user}@${address}`,
    ...line,
  ]
}
