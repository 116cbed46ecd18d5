import { credentialFormat } from '../detector.ts'
import { secretOf } from '../dialects/secret-rules.ts'

export default credentialFormat({
  id: 'dnssec-private-key',
  title: 'Private halves of keys that sign zones, and keys for updates: `K*.private`',
  files: ['k*.private'],
  begins: (head) => head.startsWith('Private-key-format:'),
  whole: true,

  *read({ path, text }) {
    const zone = /(?:^|\/)K([\w.-]{1,255})\.\+\d{3}\+\d{5}\.private[^/]*$/.exec(path)?.[1]
    for (const match of text.matchAll(FIELD)) {
      const [whole, name = '', value = ''] = match
      const at = match.index + whole.length - value.length
      yield secretOf(
        { text: value, at, length: value.length, quoted: false },
        {
          name,
          secret: name === 'Key' ? 'shared-secret' : 'private-key',
          system: zone,
          service: 'dns',
          valueClass: 'key',
        },
      )
    }
  },

  examples: [
    {
      title: 'the key that signs a zone',
      path: '/var/lib/bind/Kexample.org.+013+12345.private',
      text: 'Private-key-format: v1.3\nAlgorithm: 13 (ECDSAP256SHA256)\nPrivateKey: qS1u8Fh0z3oX5m1pV7yQ2kT9wL4cN6bR8dJ0aGfHeEo=\nCreated: 20240101000000\n',
      finds: [{ line: 3, is: 'key', system: 'example.org', secret: 'private-key' }],
    },
    {
      title: 'one of RSA is told once; one for updates is shared',
      path: 'Kddns.+157+54321.private',
      text: 'Private-key-format: v1.3\nAlgorithm: 157 (HMAC_MD5)\nKey: qS1u8Fh0z3oX5m1pV7yQ2g==\nBits: AAA=\n',
      finds: [{ line: 3, is: 'key', system: 'ddns', secret: 'shared-secret' }],
    },
    {
      title: 'one that is in a device',
      path: 'Kexample.org.+008+1.private',
      text: 'Private-key-format: v1.3\nAlgorithm: 8 (RSASHA256)\nEngine: cGtjczEx\n',
      finds: [],
    },
  ],
})

/** Of an RSA key the exponent alone opens it. */
const FIELD = /^(PrivateKey|PrivateExponent|Private_value\(x\)|Key):[ \t]*([A-Za-z0-9+/=]{8,4096})/gm
