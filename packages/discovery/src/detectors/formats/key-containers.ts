import { credentialFormat } from '../detector.ts'
import { derKind, type DerKind } from '../readers/der-keys.ts'
import { sighting } from '../readers/sighting.ts'

/** Files of keys without lines: told by how they begin, whatever they are called. */
export default credentialFormat({
  id: 'key-containers',
  title: 'Keystores of Java, PKCS#12, private keys in DER',
  files: [
    '*.jks',
    '*.jceks',
    '*.p12',
    '*.pfx',
    '*.bks',
    '*.bcfks',
    '*.ks',
    '*.keystore',
    '*.truststore',
    'cacerts',
    '*.der',
    '*.pk8',
    '*.p8',
    '*.key',
    '*.pvk',
  ],
  begins: (head) =>
    /^(?:\u00fe\u00ed\u00fe\u00ed|\u00ce\u00ce\u00ce\u00ce|0[\u0080-\u00ff][^]{1,4}\u0002\u0001[\0\u0001\u0003])/.test(
      head,
    ),
  content: 'any',

  *read({ bytes, text }) {
    if (text.startsWith('-----')) return
    const kind = kindOf(bytes)
    if (kind === undefined) return
    const { secret, locked, scheme } = kind
    yield sighting({ at: 0, length: 0, secret, valueClass: locked ? 'encrypted' : 'key', scheme })
  },

  examples: [
    {
      title: 'a keystore of Java that holds a key',
      path: '/etc/tomcat9/keystore',
      text: new Uint8Array([
        0xfe,
        0xed,
        0xfe,
        0xed,
        0,
        0,
        0,
        2,
        0,
        0,
        0,
        1,
        0,
        0,
        0,
        1,
        0,
        1,
        0x61,
        ...Array.from({ length: 40 }, () => 9),
      ]),
      finds: [{ line: 1, is: 'encrypted', secret: 'store' }],
    },
    {
      title: 'an Ed25519 key in PKCS#8',
      path: '/etc/ssl/private/a.der',
      text: new Uint8Array([
        0x30,
        0x2e,
        2,
        1,
        0,
        0x30,
        5,
        6,
        3,
        0x2b,
        0x65,
        0x70,
        4,
        0x22,
        4,
        0x20,
        ...Array.from({ length: 32 }, (_, index) => index),
      ]),
      finds: [{ line: 1, is: 'key', secret: 'private-key' }],
    },
    {
      title: 'certificates that are trusted are no secret',
      path: '/etc/ssl/certs/java/cacerts',
      text: new Uint8Array([
        0xfe,
        0xed,
        0xfe,
        0xed,
        0,
        0,
        0,
        2,
        0,
        0,
        0,
        1,
        0,
        0,
        0,
        2,
        0,
        1,
        0x61,
        ...Array.from({ length: 40 }, () => 9),
      ]),
      finds: [],
    },
    { title: 'a file that only is called so', path: '/srv/app/index.key', text: 'shop.title\n', finds: [] },
  ],
})

const kindOf = (bytes: Uint8Array): DerKind | undefined => {
  const magic = ((bytes[0] ?? 0) << 24) | ((bytes[1] ?? 0) << 16) | ((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0)
  if (magic === JKS || magic === JCEKS)
    return holdsKeys(bytes) ? { secret: 'store', locked: true, scheme: magic === JKS ? 'jks' : 'jceks' } : undefined
  return derKind(bytes)
}

const JKS = 0xfeedfeed | 0
const JCEKS = 0xcececece | 0

/** Whether an entry of a keystore is a key: entries of certificates are skipped as long as they can be read. */
const holdsKeys = (bytes: Uint8Array): boolean => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < 32) return false
  const version = view.getUint32(4)
  let left = view.getUint32(8)
  for (let at = 12; left > 0 && at + 6 < bytes.length - 20; left--) {
    if (view.getUint32(at) !== 2) return true
    at += 6 + view.getUint16(at + 4) + 8
    if (version === 2 && at + 2 < bytes.length) at += 2 + view.getUint16(at)
    if (at + 4 >= bytes.length) return false
    at += 4 + view.getUint32(at)
  }
  return false
}
