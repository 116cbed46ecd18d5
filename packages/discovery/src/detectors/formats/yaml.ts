import { credentialFormat } from '../detector.ts'
import { secretsAmong } from '../names/secrets-among.ts'
import { embeddedIn } from '../syntaxes/embedded.ts'
import { entriesOf } from '../syntaxes/entries-of.ts'
import { yaml } from '../syntaxes/yaml.ts'

export default credentialFormat({
  id: 'yaml',
  title: 'Settings in YAML, told by their names, and scripts and files in them',
  files: ['*.yaml', '*.yml', '*.eyaml', '*.sls', '.clang-format', '*.yamlinc', '*.yml.j2', '*.yaml.j2'],
  begins: (head) => /^(?:#[^\n]{0,200}\n|\s){0,40}(?:---[ \t]*\n|%YAML |apiVersion:[ \t])|^#cloud-config\b/.test(head),
  named: true,
  whole: true,

  read: (file) => secretsAmong(entriesOf(file, yaml)),
  holds: (file) => embeddedIn(file, entriesOf(file, yaml)),

  examples: [
    {
      title: 'a secret, and beside it whose it is and where; one in a comment',
      path: '/etc/shop/config.yml',
      text: 'db:\n  host: db1\n  user: shop\n  password: oak-leaf-7\n  # token: birch-12x\n',
      finds: [
        { line: 4, name: 'db.password', account: 'shop', system: 'db1' },
        { line: 5, name: 'db.token', system: 'db1', account: 'shop', state: 'commented' },
      ],
    },
    {
      title: 'tags and templates name where a secret really is',
      path: '/etc/shop/config.yml',
      text: 'password: !secret db_password\ntoken: "{{ vault_token }}"\n',
      finds: [
        { line: 1, is: 'reference', reference: '!secret' },
        { line: 2, is: 'reference', reference: '{{ vault_token }}' },
      ],
    },
    {
      title: 'accounts with hashes, as htpasswd and htdigest write them',
      path: '/etc/traefik/dynamic.yml',
      text: 'basicAuth:\n  users:\n    - "ann:$apr1$H6uskkkW$IgXLP6ewTrSuBkTrqE8wj/"\ndigestAuth:\n  users: ["bob:realm:a2688e031edb4be6a3797f3882655c05"]\n',
      finds: [
        { line: 3, is: 'hash', account: 'ann' },
        { line: 5, is: 'hash', account: 'bob' },
      ],
    },
    {
      title: 'nothing secret',
      path: '/etc/shop/policies.yml',
      text: 'rules:\n- name: "os_compute_api:os-server-password:show"\n  check: rule:admin\ntoken_ttl: 3600\n',
      finds: [],
    },
  ],
})
