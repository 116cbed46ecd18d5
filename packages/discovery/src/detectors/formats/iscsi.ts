import { settingsFormat } from '../dialects/settings-format.ts'
import { beside } from '../dialects/secret-rules.ts'

const login = (prefix: string) => [
  {
    names: [`${prefix}.auth.password`],
    account: beside(`${prefix}.auth.username`),
    system: beside('node.name', 'node.discovery_address', 'discovery.sendtargets.address'),
    service: 'iscsi',
  },
  {
    names: [`${prefix}.auth.password_in`],
    account: beside(`${prefix}.auth.username_in`),
    system: beside('node.name'),
    service: 'iscsi',
  },
]

export default settingsFormat({
  id: 'iscsi',
  title: 'Disks over the network: what initiators log in with, nodes that were found',
  files: [
    'iscsid.conf',
    'iscsi/nodes/*/*',
    'iscsi/nodes/*/*/*',
    'iscsi/send_targets/*/*',
    'iscsi/*/*/*/*',
    'open-iscsi/*.conf',
  ],
  whole: true,
  lines: {},
  secrets: [...login('node.session'), ...login('node.conn[0]'), ...login('discovery.sendtargets')],
  examples: [
    {
      title: 'for sessions and for looking for disks',
      path: '/etc/iscsi/iscsid.conf',
      text: '#node.session.auth.username = username\n#node.session.auth.password = password\nnode.session.auth.username = alice\nnode.session.auth.password = oak-leaf-7 x\nnode.session.auth.username_in = target\nnode.session.auth.password_in = rowan.19\ndiscovery.sendtargets.auth.password = elm-4\n',
      finds: [
        { line: 2, account: 'username', state: 'commented' },
        { line: 4, account: 'alice' },
        { line: 6, account: 'target' },
        { line: 7 },
      ],
    },
    {
      title: 'as it is shipped',
      path: 'etc/iscsi/iscsid.conf',
      text: 'node.startup = manual\nnode.session.auth.authmethod = CHAP\n# To set a CHAP username and password for initiator\n',
      finds: [],
    },
  ],
})
