import { credentialFormat } from '../detector.ts'
import { linesOf } from '../readers/lines-of.ts'
import { secretOf } from '../dialects/secret-rules.ts'

export default credentialFormat({
  id: 'smbpasswd',
  title:
    'Accounts of Samba with the hashes that open them: `smbpasswd`, `pdbedit -w`, and what dumps of domains look like',
  files: ['smbpasswd', 'smbpasswd.*', '*.smbpasswd', '*.pwdump', '*.ntds', '*.secretsdump'],
  begins: (head) => LINE.test(head),

  *read({ text }) {
    for (const { text: line, at } of linesOf(text)) {
      const match = LINE.exec(line)
      if (match === null) continue
      const [, before = '', mark = '', account, lm = '', nt = ''] = match
      const facts = {
        secret: 'password',
        account,
        service: 'smb',
        commented: mark !== '',
        valueClass: 'hash',
      } as const
      const lmAt = at + match.index + before.length
      if (isHash(lm) && !NONE_LM.test(lm))
        yield secretOf({ text: lm, at: lmAt, length: 32, quoted: false }, { ...facts, name: 'lm', scheme: 'lm' })
      if (isHash(nt))
        yield secretOf({ text: nt, at: lmAt + 33, length: 32, quoted: false }, { ...facts, name: 'nt', scheme: 'nt' })
    }
  },

  examples: [
    {
      title: 'what smbpasswd writes; a hash that stands for none is none',
      path: 'etc/samba/smbpasswd',
      text: [
        'alice:1000:XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX:0CB6948805F797BF2A82807973B89537:[U          ]:LCT-5F1D2B3A:',
        'bob:1001:01FC5A6BE7BC6929AAD3B435B51404EE:0CB6948805F797BF2A82807973B89538:[U          ]:LCT-5F1D2B3A:',
        'carol:1002:NO PASSWORDXXXXXXXXXXXXXXXXXXXXX:NO PASSWORDXXXXXXXXXXXXXXXXXXXXX:[NU         ]:LCT-5F1D2B3A:',
        '',
      ].join('\n'),
      finds: [
        { line: 1, is: 'hash', account: 'alice', name: 'nt' },
        { line: 2, is: 'hash', account: 'bob', name: 'lm' },
        { line: 2, is: 'hash', account: 'bob', name: 'nt' },
      ],
    },
    {
      title: 'a dump of a domain under any name',
      path: 'root/dump.txt',
      text: 'EXAMPLE\\Administrator:500:aad3b435b51404eeaad3b435b51404ee:fc525c9683e8fe067095ba2ddc971889:::\n',
      finds: [{ line: 1, is: 'hash', account: 'EXAMPLE\\Administrator', name: 'nt' }],
    },
    {
      title: 'accounts without hashes',
      path: 'etc/samba/smbpasswd',
      text: '#\n# SMB password file.\n#\nnobody:65534:XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX:XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX:[DU         ]:LCT-00000000:\n',
      finds: [],
    },
  ],
})

const LINE =
  /^((?:([#;]?)[ \t]*([^\s:#;]{1,128}):\d{1,10}:))([0-9A-Fa-fX]{32}|NO PASSWORD[X*]{21}):([0-9A-Fa-fX]{32}|NO PASSWORD[X*]{21}):/m
const isHash = (text: string) => /^[0-9A-Fa-f]{32}$/.test(text)
/** The hash of the empty password, which is written where there is none of this kind. */
const NONE_LM = /^(?:aad3b435b51404ee){2}$/i
