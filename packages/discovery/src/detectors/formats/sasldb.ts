import { credentialFormat } from '../detector.ts'

export default credentialFormat({
  id: 'sasldb',
  title: 'Accounts of Cyrus SASL with their passwords: `sasldb2`',
  files: ['sasldb', 'sasldb2', '*sasldb2*', '*.sasldb'],
  content: 'binary',
  whole: true,

  *read({ bytes }) {
    const text = LATIN1.decode(bytes.subarray(0, LARGEST))
    for (let mark = text.indexOf(PROPERTY); mark >= 0; mark = text.indexOf(PROPERTY, mark + 1)) {
      // In a page of the database the password stands in front of its key, each behind a byte that says what it is.
      const realm = text.lastIndexOf('\0', mark - 1)
      const key = realm < 0 || mark - realm > LONGEST ? -1 : text.lastIndexOf(ITEM, realm)
      if (key < 0 || realm - key > LONGEST) continue
      const item = text.lastIndexOf(ITEM, key - 1)
      if (item < 0 || item === key || key - item - 1 > LONGEST || key - item < 2) continue
      const value = text.slice(item + 1, key)
      yield {
        at: item + 1,
        length: value.length,
        value: UTF8.decode(bytes.subarray(item + 1, key)),
        secret: 'password',
        name: 'userPassword',
        account: text.slice(key + 1, realm),
        system: text.slice(realm + 1, mark),
        service: 'sasl',
        evidence: 'format',
        by: 'format',
      }
    }
  },

  examples: [
    {
      title: 'a password, its account and its realm',
      path: '/etc/sasldb2',
      text: new TextEncoder().encode('\0\0\0\u0001oak-leaf-7\u0001alice\0example.org\0userPassword'),
      finds: [{ line: 1, account: 'alice', system: 'example.org' }],
    },
    { title: 'nobody', path: '/etc/sasldb2', text: new TextEncoder().encode('\0\0\0\0\u0001'), finds: [] },
  ],
})

const PROPERTY = '\0userPassword'
const ITEM = '\u0001'
const LONGEST = 1024
const LARGEST = 16 * 1024 * 1024
const LATIN1 = new TextDecoder('latin1')
const UTF8 = new TextDecoder()
