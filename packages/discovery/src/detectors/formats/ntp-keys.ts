import { credentialFormat } from '../detector.ts'
import { linesOf } from '../readers/lines-of.ts'
import { wordsOf } from '../dialects/words.ts'
import { secretOf } from '../dialects/secret-rules.ts'

export default credentialFormat({
  id: 'ntp-keys',
  title: 'Keys that time servers share: `ntp.keys`, `chrony.keys`',
  files: ['ntp*.keys', 'ntp*/keys', 'etc/ntp/keys', 'chrony*.keys', 'ntpkey*md5*', 'ntp.key'],
  whole: true,

  *read({ text }) {
    for (const { text: line, at } of linesOf(text)) {
      const mark = /^[ \t]*(?:[#!;%]+[ \t]*)?/.exec(line)![0].length
      const [number, ...rest] = wordsOf(line, mark, line.length, '#')
      if (number === undefined || !/^\d{1,10}$/.test(number.text)) continue
      const typed = rest.length > 1 && TYPE.test(rest[0]!.text)
      const key = typed ? rest[1] : rest[0]
      const commented = /[#!;%]/.test(line.slice(0, mark))
      if (key === undefined || (commented && rest.length > 3) || (!typed && rest.length > 1)) continue
      yield secretOf(
        { ...key, at: at + key.at },
        { name: 'key', secret: 'shared-secret', commented, account: number.text, service: 'ntp' },
      )
    }
  },

  examples: [
    {
      title: 'number, algorithm and key',
      path: '/etc/chrony/chrony.keys',
      text: '# This is an example chrony keys file.\n10 SHA256 HEX:0123456789ABCDEF0123\n11 MD5 ASCII:oak-leaf-7\n12 rowan.19\n#20 AES128 HEX:2DA837C4B6573748CA692B8C828E4891\n',
      finds: [
        { line: 2, account: '10', secret: 'shared-secret' },
        { line: 3, account: '11' },
        { line: 4, account: '12' },
        { line: 5, account: '20', state: 'commented' },
      ],
    },
    {
      title: 'as ntp has them',
      path: 'etc/ntp.keys',
      text: '1 M oak-leaf-7 # control\n2 MD5 rowan.19\n',
      finds: [
        { line: 1, account: '1' },
        { line: 2, account: '2' },
      ],
    },
    {
      title: 'explained',
      path: 'etc/chrony/chrony.keys',
      text: '# This is the keys file.\n# 1 MD5 key of the server in two words\n',
      finds: [],
    },
  ],
})

const TYPE = /^(?:M|A|S|N|MD5|SHA[\d-]{0,8}|SHA3-\d{3}|RMD160|TIGER|WHIRLPOOL|AES\w{0,8}|CMAC)$/i
