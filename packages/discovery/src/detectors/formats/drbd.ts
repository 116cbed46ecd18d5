import { settingsFormat } from '../dialects/settings-format.ts'
import { heading } from '../dialects/secret-rules.ts'

export default settingsFormat({
  id: 'drbd',
  title: 'DRBD: what the two sides of a disk know each other by',
  files: ['drbd*.conf', 'drbd.d/*', '*.res'],
  whole: true,
  blocks: {},
  secrets: [{ names: ['shared-secret'], secret: 'shared-secret', account: heading(1, 'resource'), service: 'drbd' }],
  examples: [
    {
      title: 'a resource',
      path: '/etc/drbd.d/r0.res',
      text: 'resource r0 {\n  net { cram-hmac-alg sha1; shared-secret "oak-leaf-7"; }\n  # shared-secret "rowan.19";\n}\n',
      finds: [
        { line: 2, account: 'r0', secret: 'shared-secret' },
        { line: 3, account: 'r0', state: 'commented' },
      ],
    },
    {
      title: 'without',
      path: 'etc/drbd.conf',
      text: 'include "drbd.d/global_common.conf";\ninclude "drbd.d/*.res";\n',
      finds: [],
    },
  ],
})
