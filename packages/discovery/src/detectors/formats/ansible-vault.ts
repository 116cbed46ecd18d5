import { credentialFormat } from '../detector.ts'
import { sighting } from '../readers/sighting.ts'

export default credentialFormat({
  id: 'ansible-vault',
  title: 'Files that Ansible, SOPS or Rails has encrypted',
  files: ['*.yml.enc', '*.yml', '*.yaml', '*.vault', 'group_vars/*', 'host_vars/*', 'vault', 'vault.json'],
  begins: (head) => VAULT.test(head),

  *read({ text, path }) {
    const vault = VAULT.exec(text.slice(0, 256))
    const rails =
      path.toLowerCase().endsWith('.yml.enc') &&
      /^[A-Za-z0-9+/=]{16,}--[A-Za-z0-9+/=]{8,}--[A-Za-z0-9+/=]{8,}\s*$/.test(text.slice(0, 1 << 20))
    if (vault === null && !rails) return
    yield sighting({
      at: 0,
      length: Math.min(text.length, 1 << 20),
      secret: 'store',
      value: '',
      valueClass: 'encrypted',
      scheme: rails ? 'rails-credentials' : 'ansible-vault',
      name: vault?.[1],
    })
  },

  examples: [
    {
      title: 'variables of Ansible',
      path: '/srv/play/group_vars/all/vault.yml',
      text: '$ANSIBLE_VAULT;1.2;AES256;prod\n6238613063\n',
      finds: [{ line: 1, endLine: 3, is: 'encrypted', name: 'prod', secret: 'store' }],
    },
    {
      title: 'credentials of Rails',
      path: '/srv/app/config/credentials.yml.enc',
      text: 'oGVyQ2FzZUVuY3J5cHRlZA==--Mb0rXn0c2Yh1--u0Zr8m1bN2c3Qw==',
      finds: [{ line: 1, is: 'encrypted', secret: 'store' }],
    },
    { title: 'another file', path: '/srv/app/config/x.yml.enc', text: 'a: b\n', finds: [] },
  ],
})

const VAULT = /^\$ANSIBLE_VAULT;\d\.\d;AES(?:256)?(?:;([\w.@-]{1,64}))?\r?\n/
