import { settingsFormat } from '../dialects/settings-format.ts'
import { heading, value } from '../dialects/secret-rules.ts'

export default settingsFormat({
  id: 'iscsi-targets',
  title: 'Disks that a host gives away: logins of targets of tgt, ietd and istgt',
  files: ['tgt/*.conf', 'tgt/*/*.conf', 'targets.conf', 'ietd.conf', 'iet/*.conf', 'istgt/*.conf'],
  whole: true,
  lines: { between: ' ', values: 'words', tags: true },
  secrets: [
    { names: ['incominguser', 'outgoinguser'], word: 1, account: value(0), system: heading(1), service: 'iscsi' },
  ],
  examples: [
    {
      title: 'who may come in, and how the target shows itself',
      path: '/etc/tgt/conf.d/disk.conf',
      text: '<target iqn.2024-01.org.example:disk>\n  backing-store /dev/sdb\n  incominguser alice oak-leaf-7\n  #outgoinguser target rowan.19\n</target>\n',
      finds: [
        { line: 3, account: 'alice', system: 'iqn.2024-01.org.example:disk' },
        { line: 4, account: 'target', system: 'iqn.2024-01.org.example:disk', state: 'commented' },
      ],
    },
    {
      title: 'without',
      path: 'etc/tgt/targets.conf',
      text: 'include /etc/tgt/conf.d/*.conf\ndefault-driver iscsi\n',
      finds: [],
    },
  ],
})
