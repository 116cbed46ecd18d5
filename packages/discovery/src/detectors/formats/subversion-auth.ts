import { credentialFormat, type Sighting } from '../detector.ts'
import { sighting } from '../readers/sighting.ts'

/** Each file is a list of names and values, both with their length on the line before: `K 8`, `password`, `V 10`, value. */
export default credentialFormat({
  id: 'subversion-auth',
  title: 'Logins that Subversion remembers: `.subversion/auth`',
  files: ['.subversion/auth/*/*', 'subversion/auth/*/*'],
  whole: true,

  *read({ text }) {
    const fields = new Map<string, { readonly value: string; readonly at: number }>()
    for (let at = 0, left = 100; left > 0; left--) {
      const name = chunkAt(text, at, 'K')
      const value = name === undefined ? undefined : chunkAt(text, name.end, 'V')
      if (name === undefined || value === undefined) break
      fields.set(name.value, value)
      at = value.end
    }
    const kind = fields.get('passtype')?.value
    const realm = /^<([^>]{1,512})>/.exec(fields.get('svn:realmstring')?.value ?? '')?.[1]
    for (const field of ['password', 'passphrase']) {
      const found = fields.get(field)
      if (found === undefined) continue
      const { value, at } = found
      const seen: Sighting = sighting({
        at,
        length: value.length,
        secret: 'password',
        name: field,
        account: fields.get('username')?.value,
        system: realm,
        service: 'subversion',
        valueClass: kind === undefined || kind === 'simple' ? 'literal' : 'encrypted',
        scheme: kind === undefined || kind === 'simple' ? undefined : 'keyring',
      })
      yield seen
    }
  },

  examples: [
    {
      title: 'a password in clear, with the account and the place it is for',
      path: '/root/.subversion/auth/svn.simple/0123456789abcdef0123456789abcdef',
      text: 'K 8\npasstype\nV 6\nsimple\nK 8\npassword\nV 10\noak-leaf-7\nK 15\nsvn:realmstring\nV 38\n<https://svn.example.org:443> Our code\nK 8\nusername\nV 5\nalice\nEND\n',
      finds: [{ line: 8, account: 'alice', system: 'https://svn.example.org:443', service: 'subversion' }],
    },
    {
      title: 'one that is kept in the keyring of the desktop',
      path: '/home/a/.subversion/auth/svn.simple/0123456789abcdef0123456789abcdef',
      text: 'K 8\npasstype\nV 13\ngnome-keyring\nK 8\nusername\nV 5\nalice\nEND\n',
      finds: [],
    },
  ],
})

const chunkAt = (text: string, at: number, letter: 'K' | 'V') => {
  const head = new RegExp(`${letter} (\\d{1,6})\\n`, 'y')
  head.lastIndex = at
  const match = head.exec(text)
  if (match === null) return undefined
  const from = at + match[0].length
  const end = from + Number(match[1])
  return end >= text.length ? undefined : { value: text.slice(from, end), at: from, end: end + 1 }
}
