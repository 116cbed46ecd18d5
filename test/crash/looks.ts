import { hash } from 'node:crypto'
import type { Finding } from '@rollcall/contract'
import type { TargetScan } from '@rollcall/agent'

/** The version of a host that a step finds: every third step finds what the one before it on this host found. */
export const versionAt = (step: number, hosts: number): number => {
  const turn = Math.floor(step / hosts)
  return turn % 3 === 2 ? turn - 1 : turn
}

export const hostAt = (step: number, hosts: number): number => step % hosts

export const account = (name: string): Finding => ({
  kind: 'account',
  name,
  uid: 1000,
  gid: 1000,
  home: '/',
  shell: '/bin/sh',
  interactiveShell: true,
  place: { path: '/etc/passwd', line: 1 },
})

/** A look at a host on which one account tells the version, and another which host it is. */
export const lookAt = (step: number, hosts: number, now: Date): TargetScan => {
  const host = hostAt(step, hosts)
  const found: Record<string, Finding[]> = {
    'local-accounts': [account(`host${host}`), account(`version${versionAt(step, hosts)}`)],
    'sudo-rules': [],
  }
  return {
    target: `ssh://10.0.0.${host}:22`,
    startedAt: now.toISOString(),
    finishedAt: now.toISOString(),
    reached: { status: 'complete', reasons: [] },
    host: {
      provenHostKey: { algorithm: 'ssh-ed25519', fingerprint: `SHA256:${host}` },
      hostKeys: [],
      hostname: `host${host}`,
      addresses: [],
      macs: [],
      os: {},
    },
    sections: Object.entries(found).map(([probe, findings]) => ({
      probe,
      outcome: { status: 'complete', reasons: [] },
      privilege: 'root',
      digest: hash('sha256', JSON.stringify(findings), 'hex'),
      findings,
    })),
  }
}
