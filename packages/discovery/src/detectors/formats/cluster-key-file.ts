import { credentialFormat } from '../detector.ts'

export default credentialFormat({
  id: 'cluster-key-file',
  title: 'Keys that the members of a cluster share, in files of random bytes: Corosync, Pacemaker, booth, MUNGE',
  files: [
    'corosync/authkey',
    'pacemaker/authkey',
    'booth/authkey',
    'booth/*.key',
    'munge/munge.key',
    'munge.key',
    'slurm/jwt_hs256.key',
    'slurm/slurm.key',
  ],
  content: 'any',
  whole: true,

  *read({ path, bytes, text }) {
    const size = text === '' ? bytes.length : text.length
    if (size < SHORTEST || size > LONGEST) return
    yield {
      at: 0,
      length: size,
      ...(text === '' ? { value: LATIN1.decode(bytes) } : {}),
      secret: 'shared-secret',
      name: 'key',
      service: /(\w+)\/[^/]*$/.exec(path)?.[1]?.slice(0, 32) ?? 'cluster',
      evidence: 'format',
      by: 'format',
      valueClass: 'key',
    }
  },

  examples: [
    {
      title: 'random bytes',
      path: '/etc/corosync/authkey',
      text: Uint8Array.from({ length: 128 }, (_, index) => (index * 37) % 256),
      finds: [{ line: 1, is: 'key', service: 'corosync', secret: 'shared-secret' }],
    },
    { title: 'an empty file', path: '/etc/munge/munge.key', text: '', finds: [] },
  ],
})

const SHORTEST = 16
const LONGEST = 16_384
const LATIN1 = new TextDecoder('latin1')
