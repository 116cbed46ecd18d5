import { credentialFormat, type Sighting } from '../detector.ts'
import { linesOf } from '../readers/lines-of.ts'
import { sighting } from '../readers/sighting.ts'

export default credentialFormat({
  id: 'ansible-inventory',
  title: 'Inventories of Ansible: passwords beside the hosts that they open',
  files: [
    'etc/ansible/hosts',
    'inventory',
    'inventory.ini',
    'inventories/*',
    'inventory/*',
    'hosts.ini',
    '*.inventory',
  ],
  announced: ['ansible_'],
  begins: (head) => /\bansible_(?:ssh_|become_|sudo_)?pass(?:word)?[ \t]*=/.test(head),
  named: true,

  *read({ text }) {
    let group: string | undefined
    for (const { text: line, at } of linesOf(text)) {
      const header = /^[ \t]*\[([\w.:-]{1,128})\]/.exec(line)
      if (header !== null) {
        group = header[1]!.replace(/:vars$/, '')
        continue
      }
      if (line.includes('ansible_')) yield* variables(line.slice(0, 16_384), at, group)
    }
  },

  examples: [
    {
      title: 'of a host and of a group',
      path: '/etc/ansible/hosts',
      text: `[web]
web1 ansible_host=192.0.2.7 ansible_user=deploy ansible_password=oak-leaf-7 ansible_become_pass='rowan 19'
#web2 ansible_ssh_pass=birch-12

[web:vars]
ansible_become_password={{ vault_become }}
`,
      finds: [
        { line: 2, name: 'ansible_password', account: 'deploy', system: '192.0.2.7' },
        { line: 2, name: 'ansible_become_pass', account: 'root', system: '192.0.2.7' },
        { line: 3, name: 'ansible_ssh_pass', system: 'web2', state: 'commented' },
        {
          line: 6,
          name: 'ansible_become_password',
          account: 'root',
          system: 'web',
          is: 'reference',
          reference: '{{ vault_become }}',
        },
      ],
    },
    {
      title: 'nothing secret',
      path: '/etc/ansible/hosts',
      text: '[web]\nweb1 ansible_user=deploy ansible_ssh_private_key_file=~/.ssh/id\n',
      finds: [],
    },
  ],
})

function* variables(line: string, at: number, group: string | undefined): Iterable<Sighting> {
  const comment = /^[ \t]*[#;]+[ \t]*/.exec(line)?.[0].length ?? 0
  const body = line.slice(comment)
  const all = [...body.matchAll(VARIABLE)].map((match) => {
    const [whole, name = '', double, single, bare] = match
    const value = double ?? single ?? bare ?? ''
    return {
      name,
      value,
      from: at + comment + match.index + whole.length - value.length - (bare === undefined ? 1 : 0),
      quoted: bare === undefined,
    }
  })
  const named = (pattern: RegExp) => all.find(({ name }) => pattern.test(name))?.value
  const first = /^[^\s=]{1,253}(?=[ \t]|$)/.exec(body)?.[0]
  const system = named(/^ansible_(?:ssh_)?host$/) ?? first ?? group
  for (const { name, value, from, quoted } of all) {
    const secret = SECRETS.exec(name)
    if (secret === null || value === '') continue
    const becomes = secret[1] !== undefined
    const account = becomes
      ? (named(/^ansible_(?:become|sudo|su)_user$/) ?? 'root')
      : named(/^ansible_(?:ssh_)?user$|^ansible_httpapi_user$/)
    yield sighting({
      at: from,
      length: value.length,
      secret: 'password',
      name,
      account,
      system,
      commented: comment > 0,
      ...(quoted ? { quoted: true as const } : {}),
    })
  }
}

const VARIABLE =
  /(?<![\w.-])(\w{1,100})[ \t]?=[ \t]?(?:"((?:[^"\\]|\\.){0,4096})"|'([^']{0,4096})'|((?:\{\{[^{}\n]{0,500}\}\}|\S){0,4096}))/g
const SECRETS =
  /^ansible_(?:(become|sudo|su|enable)_)?(?:ssh_|winrm_|httpapi_|connection_)?(?:pass|password|passphrase)$/
