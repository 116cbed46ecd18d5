import { credentialFormat } from '../detector.ts'
import { linesOf } from '../readers/lines-of.ts'
import { sighting } from '../readers/sighting.ts'

/** Tables of file systems: what a share is opened with stands in its options, or in the file that they name. */
export default credentialFormat({
  id: 'mount-tables',
  title: 'Options of shares that are mounted: `fstab`, maps of the automounter, `pam_mount`',
  files: [
    'etc/fstab',
    'fstab',
    '*.fstab',
    'etc/fstab.d/*',
    'etc/auto.*',
    'etc/autofs/auto.*',
    'etc/auto.master.d/*',
    'etc/auto_*',
    '*.mount',
    '*.automount',
    'etc/mtab',
    'fstab.*',
  ],
  whole: true,

  *read({ text, path }) {
    const unit = path.endsWith('mount')
    let what: string | undefined
    for (const { text: line, at } of linesOf(text)) {
      if (unit) what = /^What[ \t]*=[ \t]*(\S{1,1024})/.exec(line)?.[1] ?? what
      const commented = /^[ \t]*#/.test(line)
      if (!OPTION_THERE.test(line)) continue
      const system =
        /(?:^|[\s:])(\/\/[^\s:]{1,512}|https?:\/\/[^\s]{1,512}|[\w.-]{1,255}:\/[^\s]{0,512})/.exec(line)?.[1] ?? what
      const account = /(?:[\s,=]|^|-)(?:username|user)=([^\s,"]{1,256})/.exec(line)?.[1]
      const smb = /(?:\s|=|,)(?:cifs|smb3|smbfs)\b/.test(line) || system?.startsWith('//') === true
      OPTION.lastIndex = 0
      for (let match = OPTION.exec(line); match !== null; match = OPTION.exec(line)) {
        const [whole, name = '', value = ''] = match
        if (value === '') continue
        const file = REFERENCES.has(name)
        if (!file && !commented && /^\/|^\$\{?\w/.test(value) && name === 'passphrase') continue
        yield sighting({
          at: at + match.index + whole.length - value.length,
          length: value.length,
          secret: name === 'passphrase' || name === 'key' ? 'symmetric-key' : 'password',
          name,
          account: account === undefined || /%[0-9A-Za-z]/.test(account) ? undefined : account,
          system,
          service: smb ? 'smb' : undefined,
          valueClass: file ? 'reference' : undefined,
          commented,
        })
      }
    }
  },

  examples: [
    {
      title: 'a password among the options, and files of credentials',
      path: '/etc/fstab',
      text: `//files.example.org/team /srv/team cifs username=alice,password=oak-leaf-7,uid=33 0 0
//files.example.org/home /srv/home cifs credentials=/root/.smbcred,_netdev 0 0
# //old.example.org/x /mnt cifs user=bob,pass=rowan-19 0 0
UUID=1-2-3 / ext4 errors=remount-ro 0 1
`,
      finds: [
        { line: 1, name: 'password', account: 'alice', system: '//files.example.org/team', service: 'smb' },
        {
          line: 2,
          name: 'credentials',
          is: 'reference',
          system: '//files.example.org/home',
          reference: '/root/.smbcred',
        },
        { line: 3, name: 'pass', account: 'bob', system: '//old.example.org/x', state: 'commented' },
      ],
    },
    {
      title: 'a map of the automounter',
      path: '/etc/auto.smb',
      text: 'team -fstype=cifs,rw,username=svc,password=birch-12 ://nas/team\n',
      finds: [{ line: 1, account: 'svc', system: '//nas/team' }],
    },
    {
      title: 'a mount unit names the share on a line of its own',
      path: '/etc/systemd/system/srv-team.mount',
      text: '[Mount]\nWhat=//nas/team\nWhere=/srv/team\nType=cifs\nOptions=username=svc,password=birch-12,ro\n',
      finds: [{ line: 5, account: 'svc', system: '//nas/team' }],
    },
    {
      title: 'shares without a login',
      path: '/etc/fstab',
      text: 'nas:/export /srv nfs defaults,sec=krb5,nouser 0 0\n',
      finds: [],
    },
  ],
})

const OPTION_THERE = /pass|cred|passw|secret|key=/i
const OPTION =
  /(?:^|[\s,"=])(password|passwd|pass|passphrase|password2|credentials|credential|cred|passwd_file|secretfile|secret|passphrase_passwd_file|key_file|keyfile)=([^\s,"]{0,512})/g
const REFERENCES = new Set([
  'credentials',
  'credential',
  'cred',
  'passwd_file',
  'secretfile',
  'passphrase_passwd_file',
  'key_file',
  'keyfile',
])
