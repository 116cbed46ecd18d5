import type { Finding } from '@rollcall/contract'
import type { PrivilegePath } from '@rollcall/contract/api'
import type { Row } from './estate.ts'

/** One way to become root, with its steps. */
export const pathOf = (via: PrivilegePath['via'], name: string): PrivilegePath => {
  const sudo = { path: '/etc/sudoers.d/ops', line: 12 }
  switch (via) {
    case 'uid-0':
      return {
        via,
        effect: 'root',
        password: 'own',
        sentence: `${name} is root: its uid is 0`,
        steps: [{ sentence: 'the account has uid 0', place: { path: '/etc/passwd', line: 1 } }],
      }
    case 'group':
      return {
        via,
        effect: 'root',
        password: 'own',
        sentence: `${name} may run everything as root because it is in wheel`,
        steps: [
          { sentence: `${name} is a member of wheel`, place: { path: '/etc/group', line: 31 } },
          { sentence: '%wheel ALL=(ALL:ALL) ALL', place: { path: '/etc/sudoers', line: 110 } },
        ],
      }
    case 'key':
      return {
        via,
        effect: 'root',
        password: 'none',
        sentence: `a key of ${name} opens root`,
        steps: [
          { sentence: `the private key lies readable in its home`, place: { path: `/home/${name}/.ssh/id_ed25519` } },
          { sentence: 'its public half opens root', place: { path: '/root/.ssh/authorized_keys', line: 3 } },
        ],
      }
    case 'sudo':
    case 'doas':
    case 'polkit':
    case 'su':
    case 'setuid':
    case 'capabilities':
    case 'writable':
    case 'readable':
    case 'socket':
    case 'nfs':
    case 'rhosts':
    case 'rbac':
      return {
        via,
        effect: name.length % 2 ? 'root' : 'limited',
        password: name.length % 3 === 0 ? 'none' : 'own',
        sentence: `${name} may run commands as root by sudo`,
        steps: [
          { sentence: `${name} ALL=(ALL) ${name.length % 3 === 0 ? 'NOPASSWD: ' : ''}/usr/bin/systemctl`, place: sudo },
        ],
      }
    default:
      return via satisfies never
  }
}

/** What is found about an account. */
export const findingsOf = (row: Row, longAgo: string): Finding[] => {
  const name = row['account'] as string
  const passwd = { path: '/etc/passwd', line: 12 }
  const shadow = { path: '/etc/shadow', line: 12 }
  return [
    {
      kind: 'account',
      name,
      uid: row['uid'] as number,
      gid: row['gid'] as number,
      description: row['description'] as string,
      home: row['home'] as string,
      shell: row['shell'] as string,
      interactiveShell: row['login_allowed'] === 'yes',
      place: passwd,
    },
    ...(row['groups'] as string[]).map((group, index): Finding => ({
      kind: 'membership',
      account: name,
      group,
      gid: 100 + index,
      role: index === 0 ? 'primary' : 'member',
      place: { path: '/etc/group', line: 31 + index },
    })),
    ...(row['password'] === null
      ? []
      : [
          {
            kind: 'credential',
            class: 'login-password',
            account: name,
            state: row['password'] as 'usable',
            ...(row['hash_strength'] === null
              ? {}
              : { scheme: row['hash_scheme'] as string, strength: row['hash_strength'] as 'strong' }),
            ...(row['password'] === 'usable'
              ? { changed: row['password_changed'] as string, maximumDays: 99_999, warningDays: 7 }
              : {}),
            place: shadow,
          } satisfies Finding,
        ]),
    ...Array.from({ length: Number(row['keys'] ?? 0) }, (_, index): Finding => ({
      kind: 'key',
      role: 'authorized',
      fingerprint: `SHA256:${fingerprint(index + name.length)}`,
      algorithm: 'ssh-ed25519',
      bits: 256,
      account: name,
      comment: `${name}@laptop`,
      options: index === 1 ? [{ name: 'from', value: '10.0.0.0/8' }] : [],
      place: { path: `${String(row['home'])}/.ssh/authorized_keys`, line: index + 1 },
      file: { modified: longAgo, mode: '600', owner: row['uid'] as number },
    })),
    ...(Number(row['keys'] ?? 0) > 0
      ? [
          {
            kind: 'key',
            role: 'private',
            fingerprint: `SHA256:${fingerprint(3)}`,
            algorithm: 'ssh-ed25519',
            account: name,
            passphrase: 'no',
            format: 'openssh',
            concerns: ['no-passphrase'],
            place: { path: `${String(row['home'])}/.ssh/id_ed25519` },
          } satisfies Finding,
          {
            kind: 'usage',
            account: name,
            consumer: 'key-login',
            key: `SHA256:${fingerprint(name.length)}`,
            lastUsed: longAgo,
            from: '10.20.0.7',
            place: { path: '/var/log/auth.log' },
          } satisfies Finding,
        ]
      : []),
    ...(Number(row['services'] ?? 0) > 0
      ? [
          {
            kind: 'usage',
            account: name,
            consumer: 'systemd-unit',
            name: `${name.slice(0, 40)}.service`,
            program: `/usr/sbin/${name.slice(0, 40)}`,
            enabled: true,
            listens: ['tcp 0.0.0.0:8443'],
            needs: [{ type: 'variable', name: 'API_TOKEN' }],
            place: { path: `/etc/systemd/system/${name.slice(0, 40)}.service`, line: 9 },
          } satisfies Finding,
          {
            kind: 'usage',
            account: name,
            consumer: 'cron-job',
            name: 'nightly',
            program: '/opt/deploy/pull.sh',
            schedule: '15 2 * * *',
            place: { path: '/etc/cron.d/deploy', line: 14 },
          } satisfies Finding,
          {
            kind: 'file',
            role: 'run-as',
            type: 'file',
            owner: 0,
            group: 50,
            mode: '0777',
            account: name,
            because: 'cron job',
            namedBy: { path: '/etc/cron.d/deploy', line: 14 },
            writableBy: ['others'],
            place: { path: '/opt/deploy/pull.sh' },
          } satisfies Finding,
        ]
      : []),
    ...(row['last_login'] === null
      ? []
      : [
          {
            kind: 'usage',
            account: name,
            consumer: 'login',
            lastUsed: row['last_login'] as string,
            ...(row['last_login_from'] === 'none' ? {} : { from: row['last_login_from'] as string }),
            place: { path: '/var/log/lastlog' },
          } satisfies Finding,
        ]),
  ]
}

/** The file that a probe could not read. */
export const placeOf = (probe: string) =>
  probe === 'password-state' ? { path: '/etc/shadow' } : { path: '/etc/sudoers.d/legacy', line: 4 }

/** A repeatable source of numbers from 0 to 1 (mulberry32). */
export const generator = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
}

/** A key's fingerprint, the same for the same seed. */
export const fingerprint = (seed: number) => {
  const random = generator(seed + 1)
  return Array.from(
    { length: 43 },
    () => 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'[Math.floor(random() * 64)],
  ).join('')
}
