import { settingsFormat } from '../dialects/settings-format.ts'
import { beside } from '../dialects/secret-rules.ts'

export default settingsFormat({
  id: 'dns-keys',
  title: 'Keys of NSD, Knot and YADIFA for updates and transfers',
  files: ['nsd*.conf', 'nsd.conf.d/*', 'knot*.conf', 'knot/*.conf', 'kresd*.yaml', 'yadifad*.conf'],
  whole: true,
  lines: { between: 'any' },
  secrets: [{ names: ['secret'], secret: 'shared-secret', account: beside('id', 'name'), service: 'dns' }],
  examples: [
    {
      title: 'each key has its name in front',
      path: '/etc/knot/knot.conf',
      text: 'key:\n  - id: transfer\n    algorithm: hmac-sha256\n    secret: qS1u8Fh0z3oX5m1pV7yQ2kT9wL4cN6bR8dJ0aGfHeEo=\n#  - id: old\n#    secret: AAAAu8Fh0z3oX5m1pV7yQ2kT9wL4cN6bR8dJ0aGfHeEo=\n',
      finds: [
        { line: 4, account: 'transfer', secret: 'shared-secret' },
        { line: 6, account: 'old', state: 'commented' },
      ],
    },
    {
      title: 'as NSD has it',
      path: 'etc/nsd/nsd.conf',
      text: 'key:\n\tname: "mykey"\n\talgorithm: hmac-sha256\n\tsecret: "qS1u8Fh0z3oX5m1pV7yQ2kT9wL4="\npattern:\n\tname: "p"\n\trequest-xfr: 192.0.2.1 mykey\n',
      finds: [{ line: 4, account: 'mykey' }],
    },
    { title: 'zones', path: 'nsd.conf', text: 'zone:\n name: "example.org"\n notify: 192.0.2.1 NOKEY\n', finds: [] },
  ],
})
