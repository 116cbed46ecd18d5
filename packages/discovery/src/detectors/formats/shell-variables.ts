import { credentialFormat } from '../detector.ts'
import { secretsAmong } from '../names/secrets-among.ts'
import { SHELL } from '../syntaxes/assignments.ts'
import { entriesOf } from '../syntaxes/entries-of.ts'

export default credentialFormat({
  id: 'shell-variables',
  title: 'Settings of services and accounts that a shell reads: defaults, profiles',
  files: [
    'etc/default/*',
    'etc/sysconfig/*',
    'etc/conf.d/*',
    'etc/rc.conf',
    'etc/profile',
    'etc/profile.d/*',
    '.bashrc',
    '.bash_profile',
    '.bash_aliases',
    '.profile',
    '.zshrc',
    '.zshenv',
    '.zprofile',
    '.kshrc',
    '*.sh',
    '*.bash',
    '*.zsh',
    'etc/cron.*/*',
    '*.rc',
  ],
  begins: (head) => /^#! ?\/(?:usr\/)?bin\/(?:env )?(?:ba|z|k|da)?sh\b/.test(head),
  named: true,

  *read(file) {
    for (const sighting of secretsAmong(entriesOf(file, SHELL))) yield sighting
  },

  examples: [
    {
      title: 'variables, and among them whose secret it is',
      path: '/etc/default/shop',
      text: `# of the shop\nDB_USER=shop\nDB_PASSWORD="oak leaf 7"\nexport API_TOKEN=rowan-19x # live\n#OLD_TOKEN=birch-12x\n`,
      finds: [
        { line: 3, name: 'DB_PASSWORD', account: 'shop' },
        { line: 4, name: 'API_TOKEN' },
        { line: 5, name: 'OLD_TOKEN', state: 'commented' },
      ],
    },
    {
      title: 'what comes from elsewhere',
      path: '/usr/local/bin/x.sh',
      text: '#!/bin/sh\nPASSWORD=$1\nPASSWORD=$(cat /etc/x)\nDB_PASSWORD=${DB_PASSWORD:?missing}\n',
      finds: [
        { line: 2, is: 'reference', reference: '$1' },
        { line: 3, is: 'reference', reference: '$(cat /etc/x)' },
        { line: 4, is: 'reference', reference: 'DB_PASSWORD' },
      ],
    },
    { title: 'nothing secret', path: '/etc/default/a', text: 'PASSWORD_FILE=/etc/a\nTOKEN_TTL=10\nPASS=\n', finds: [] },
  ],
})
