import { settingsFormat } from '../dialects/settings-format.ts'
import { beside, firstOf, heading } from '../dialects/secret-rules.ts'

export default settingsFormat({
  id: 'bind-keys',
  title: 'Keys of BIND and of DHCP servers for control, updates and transfers: `rndc.key`, `named.conf`, `dhcpd.conf`',
  files: [
    'named.conf*',
    'named.*.conf',
    'rndc*.conf',
    'rndc*.key',
    'bind/*.conf',
    'bind/*.key',
    'dhcpd*.conf',
    'dhcp/*.conf',
    'dhclient*.conf',
    'keys.conf',
    '*tsig*.key',
    '*.tsig',
    'ddns*.key',
  ],
  announced: ['algorithm'],
  begins: (head) => /^[ \t]*key[ \t]+"?[\w.-]{1,255}"?[ \t\r\n]*\{/m.test(head) && /\balgorithm\b/.test(head),
  whole: true,
  blocks: { comments: ['#', '//'], enclosed: true, between: [] },
  secrets: [
    {
      names: ['key/secret'],
      secret: 'shared-secret',
      account: heading(1, 'key'),
      system: firstOf(heading(1, 'server'), heading(1, 'zone')),
      service: 'dns',
    },
    { names: ['ldap-password'], account: beside('ldap-username'), system: beside('ldap-server'), service: 'ldap' },
    {
      names: ['secret'],
      secret: 'shared-secret',
      when: (text, { values }) => values.length === 1 && text.length >= 16,
      service: 'dns',
    },
  ],
  examples: [
    {
      title: 'a key for control as rndc-confgen writes it',
      path: '/etc/bind/rndc.key',
      text: 'key "rndc-key" {\n\talgorithm hmac-sha256;\n\tsecret "qS1u8Fh0z3oX5m1pV7yQ2kT9wL4cN6bR8dJ0aGfHeEo=";\n};\n',
      finds: [{ line: 3, account: 'rndc-key', secret: 'shared-secret' }],
    },
    {
      title: 'keys among zones, without quotes and in one line, and what is in comments',
      path: 'etc/bind/named.conf.local',
      text: `zone "example.org" { type master; file "db.example.org"; allow-update { key ddns; }; };
key ddns { algorithm hmac-md5; secret qS1u8Fh0z3oX5m1pV7yQ2g==; };
/* key "old" {
  algorithm hmac-md5;
  secret "AAAAu8Fh0z3oX5m1pV7yQ2g==";
}; */
# key "rndc-key" {
# 	secret "BBBBu8Fh0z3oX5m1pV7yQ2g==";
# };
`,
      finds: [
        { line: 2, account: 'ddns' },
        { line: 5, account: 'old', state: 'commented' },
        { line: 8, account: 'rndc-key', state: 'commented' },
      ],
    },
    {
      title: 'names of keys are none',
      path: 'etc/dhcp/dhcpd.conf',
      text: '# The key is secret; do not share.\nddns-update-style interim;\nzone example.org. { primary 127.0.0.1; key ddns; }\nsubnet 10.0.0.0 netmask 255.0.0.0 { }\n',
      finds: [],
    },
  ],
})
