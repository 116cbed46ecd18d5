import { settingsFormat } from '../dialects/settings-format.ts'
import { heading } from '../dialects/secret-rules.ts'

export default settingsFormat({
  id: 'ceph-keyring',
  title: 'Keys of Ceph: keyrings',
  files: ['*.keyring', 'ceph/*keyring*', 'ceph/*/*/keyring', 'ceph/*.secret', '*.ceph.key'],
  announced: ['[client.', '[mon.', '[osd.', '[mds.', '[mgr.'],
  begins: (head) => /^\[(?:client|mon|osd|mds|mgr)\.[^\]\n]{0,60}\]\s{1,40}key\s{0,20}=\s{0,20}AQ/m.test(head),
  whole: true,
  lines: { sections: true },
  secrets: [
    {
      names: ['key', 'keyring-key'],
      secret: 'symmetric-key',
      account: heading(0),
      service: 'ceph',
      valueClass: 'key',
      when: (text) => /^AQ[\w+/]{36,40}={0,2}$/.test(text),
    },
  ],
  examples: [
    {
      title: 'an account with what it may',
      path: '/etc/ceph/ceph.client.admin.keyring',
      text: ['[client.admin]\n\tkey = AQBkZm9v', 'b2FrLWxlYWYtNyByb3dhbi0xOSBlbG0==\n\tcaps mds = "allow *"\n'].join(
        '',
      ),
      finds: [{ line: 2, is: 'key', account: 'client.admin', secret: 'symmetric-key' }],
    },
    { title: 'capabilities alone', path: 'ceph.keyring', text: '[client.x]\n\tcaps mon = "allow r"\n', finds: [] },
  ],
})
