import { openpgpLocked } from '../readers/openpgp-lock.ts'
import { credentialFormat, type CredentialFile } from '../detector.ts'
import { sighting } from '../readers/sighting.ts'

/** Keys as gpg-agent keeps them, as S-expressions in a file each, and rings of secret keys of older versions. */
export default credentialFormat({
  id: 'gnupg-keys',
  title: 'Secret keys of GnuPG: `private-keys-v1.d`, `secring.gpg`',
  files: [
    'private-keys-v1.d/*.key',
    'secring.gpg',
    '*.secring',
    'secring.kbx',
    '*.sec.gpg',
    '*secret*.gpg',
    '*private*.gpg',
    '*.asc.bin',
  ],
  content: 'any',

  *read(file) {
    const told = toldBy(file)
    if (told === undefined) return
    yield sighting({
      at: 0,
      length: 0,
      secret: 'private-key',
      valueClass: told.locked ? 'encrypted' : 'key',
      scheme: told.locked ? 'passphrase' : undefined,
      service: 'openpgp',
    })
  },

  examples: [
    {
      title: 'a key that a passphrase protects, in the form of today',
      path: '/root/.gnupg/private-keys-v1.d/0123456789ABCDEF0123456789ABCDEF01234567.key',
      text: 'Created: 20260101T000000\nKey: (protected-private-key (ecc (curve Ed25519)(q #40AB#)(protected\n openpgp-s2k3-ocb-aes ((sha1 #01# "1")#02#)#03#)(protected-at "2026")))\n',
      finds: [{ line: 1, is: 'encrypted', secret: 'private-key', service: 'openpgp' }],
    },
    {
      title: 'one that nothing protects, in that of before',
      path: '/root/.gnupg/private-keys-v1.d/0123456789ABCDEF0123456789ABCDEF01234567.key',
      text: '(11:private-key(3:ecc(5:curve7:Ed25519)(1:q3:abc)(1:d3:def)))',
      finds: [{ line: 1, is: 'key' }],
    },
    {
      title: 'a key on a card is a stub',
      path: '/root/.gnupg/private-keys-v1.d/0123456789ABCDEF0123456789ABCDEF01234567.key',
      text: 'Key: (shadowed-private-key (rsa (n #00AB#)(e #010001#)(shadowed t1-v1\n  (#D276# OPENPGP.1))))\n',
      finds: [],
    },
  ],
})

const toldBy = ({ path, bytes, text }: CredentialFile): { readonly locked: boolean } | undefined => {
  if (!/\.key$/i.test(path)) {
    const locked = openpgpLocked(bytes)
    return locked === undefined ? undefined : { locked }
  }
  const head = text === '' ? LATIN1.decode(bytes.subarray(0, 4096)) : text.slice(0, 4096)
  const kind = /\((?:\d{1,3}:)?((?:protected-|shadowed-|openpgp-)?private-key)\b/.exec(head)?.[1]
  if (kind === undefined || kind === 'shadowed-private-key') return undefined
  return { locked: kind !== 'private-key' && !(kind === 'openpgp-private-key' && /\bnone\b/.test(head)) }
}

const LATIN1 = new TextDecoder('latin1')
