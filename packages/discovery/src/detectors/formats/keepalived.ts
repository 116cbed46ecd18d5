import { settingsFormat } from '../dialects/settings-format.ts'
import { beside, firstOf, heading } from '../dialects/secret-rules.ts'

export default settingsFormat({
  id: 'keepalived',
  title: 'keepalived and other guards of shared addresses: what the members know each other by',
  files: ['keepalived*.conf*', 'keepalived/*', 'ucarp*.conf', 'vrrpd*.conf'],
  whole: true,
  blocks: { newline: true, noSemicolon: true, comments: ['#', '!'], between: [] },
  secrets: [
    {
      names: ['auth_pass', 'password', 'pass'],
      secret: 'shared-secret',
      account: heading(1, 'vrrp_instance'),
      system: firstOf(beside('virtual_router_id'), heading(1, 'virtual_server')),
      service: 'vrrp',
    },
  ],
  examples: [
    {
      title: 'members of an address',
      path: '/etc/keepalived/keepalived.conf',
      text: '! Configuration File for keepalived\nvrrp_instance VI_1 {\n    virtual_router_id 51\n    authentication {\n        auth_type PASS\n        auth_pass 1111\n    }\n    virtual_ipaddress { 192.0.2.9 }\n}\n# vrrp_instance VI_2 {\n#  auth_pass rowan\n# }\n',
      finds: [
        { line: 6, account: 'VI_1', secret: 'shared-secret' },
        { line: 11, account: 'VI_2', state: 'commented' },
      ],
    },
    {
      title: 'without',
      path: 'keepalived.conf',
      text: 'global_defs { notification_email { a@example.org } }\nvrrp_instance a { authentication { auth_type AH } }\n',
      finds: [],
    },
  ],
})
