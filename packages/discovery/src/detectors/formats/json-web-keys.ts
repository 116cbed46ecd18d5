import { credentialFormat, type Entry } from '../detector.ts'
import { placeOf } from '../readers/secret-fields.ts'
import { besides } from '../readers/beside.ts'
import { sighting } from '../readers/sighting.ts'
import { entriesOf } from '../syntaxes/entries-of.ts'
import { json } from '../syntaxes/json.ts'

export default credentialFormat({
  id: 'json-web-keys',
  title: 'Private keys as JSON: JSON Web Keys, accounts of certbot, parameters of RSA as runners of GitHub keep them',
  files: ['*.jwk', '*jwk*.json', '*jwks*.json', '.credentials_rsaparams', 'private_key.json'],
  announced: ['"kty"'],
  begins: (head) => /"kty"\s{0,8}:\s{0,8}"(?:RSA|EC|OKP|oct)"/.test(head),

  *read(file) {
    const entries = entriesOf(file, json)
    const beside = besides(entries)
    for (const entry of entries) {
      const kind = kindOf(entry, (...names) => beside(entry, ...names))
      if (kind === undefined) continue
      yield sighting({
        ...placeOf(entry),
        secret: kind,
        valueClass: 'key',
        account: kind === 'private-key' ? beside(entry, 'kid') : undefined,
      })
    }
  },

  examples: [
    {
      title: 'a key of its own, and one among others that are public',
      path: '/etc/letsencrypt/accounts/acme.example.org/directory/0f3c/private_key.json',
      text: '{"kty": "EC", "crv": "P-256", "kid": "k1",\n"x": "b2FrLWxlYWYtNw", "y": "cm93YW4tMTk",\n"d": "YmlyY2gtMTJ4LWVsbS10cmVl"}',
      finds: [{ line: 3, is: 'key', secret: 'private-key', account: 'k1' }],
    },
    {
      title: 'a secret key that both sides have',
      path: '/srv/app/keys.json',
      text: '{"keys": [{"kty": "oct", "alg": "HS256", "k": "YmlyY2gtMTJ4LWVsbS10cmVl"}]}',
      finds: [{ line: 1, is: 'key', secret: 'symmetric-key' }],
    },
    {
      title: 'parameters of RSA',
      path: '/opt/actions-runner/.credentials_rsaparams',
      text: '{"d": "YmlyY2gtMTJ4LWVsbS10cmVl", "exponent": "AQAB", "modulus": "b2FrLWxlYWYtNw=="}',
      finds: [{ line: 1, is: 'key', secret: 'private-key' }],
    },
    {
      title: 'public keys',
      path: '/srv/app/jwks.json',
      text: '{"keys": [{"kty": "RSA", "e": "AQAB", "n": "b2FrLWxlYWYtNw"}]}',
      finds: [],
    },
  ],
})

const kindOf = ({ keys, value }: Entry, beside: (...names: readonly string[]) => string | undefined) => {
  const own = keys.at(-1)
  if (!/^[A-Za-z0-9+/_-]{16,4096}={0,2}$/.test(value)) return undefined
  if (own === 'd' && (/^(?:RSA|EC|OKP)$/.test(beside('kty') ?? '') || beside('modulus') !== undefined))
    return 'private-key'
  return own === 'k' && beside('kty') === 'oct' ? 'symmetric-key' : undefined
}
