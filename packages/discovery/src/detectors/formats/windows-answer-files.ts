import { credentialFormat, type Entry } from '../detector.ts'
import { base64Bytes } from '../../formats/ssh-keys/public-key.ts'
import { sighting } from '../readers/sighting.ts'
import { entriesOf } from '../syntaxes/entries-of.ts'
import { xml } from '../syntaxes/xml.ts'

export default credentialFormat({
  id: 'windows-answer-files',
  title: 'Answers to the setup of Windows, and passwords that group policies set',
  files: [
    '*unattend*.xml',
    'autounattend.xml',
    'sysprep*.xml',
    'groups.xml',
    'services.xml',
    'scheduledtasks.xml',
    'datasources.xml',
    'printers.xml',
    'drives.xml',
  ],
  announced: ['<unattend', 'cpassword="'],
  begins: (head) => /<unattend[\s>]|\bcpassword="/.test(head),

  *read(file) {
    const entries = entriesOf(file, xml)
    for (const [index, entry] of entries.entries()) {
      const { keys, value, at, length, commented } = entry
      const own = keys.at(-1)!
      const lower = own.toLowerCase()
      if (lower === '@cpassword') {
        if (value === '') continue
        const account = near(entries, index, /^@(?:username|accountname|runas|newname)$/i)
        yield sighting({
          at,
          length,
          value,
          secret: 'password',
          name: keys.slice(-2).join('.').replaceAll('@', ''),
          account,
          commented,
          service: 'windows',
          valueClass: 'encrypted',
          scheme: 'group-policy',
        })
        continue
      }
      const wrapped = lower === 'value' && /password$/i.test(keys.at(-2) ?? '')
      if ((!wrapped && !/^(?:password|unsecurejoinpassword|machinepassword|joinpassword)$/i.test(own)) || value === '')
        continue
      const name = wrapped ? keys.at(-2)! : own
      const plain = wrapped && near(entries, index, /^plaintext$/i) === 'false' ? withoutName(value, name) : undefined
      const account = /^administratorpassword$/i.test(name)
        ? 'Administrator'
        : near(entries, index, /^(?:username|name)$/i)
      const system = near(entries, index, /^(?:domain|joindomain)$/i)
      yield sighting({
        at,
        length,
        value: plain ?? value,
        secret: 'password',
        name,
        account,
        system,
        commented,
        service: 'windows',
        quoted: true,
      })
    }
  },

  examples: [
    {
      title: 'passwords plain and in base64, where the setup puts what they are behind them',
      path: '/srv/images/unattend.xml',
      text: `<unattend>
<AutoLogon><Username>ops</Username><Password><Value>oak-leaf-7</Value><PlainText>true</PlainText></Password></AutoLogon>
<UserAccounts><AdministratorPassword><Value>cgBvAHcAYQBuAEEAZABtAGkAbgBpAHMAdAByAGEAdABvAHIAUABhAHMAcwB3AG8AcgBkAA==</Value><PlainText>false</PlainText></AdministratorPassword></UserAccounts>
</unattend>
`,
      finds: [
        { line: 2, account: 'ops' },
        { line: 3, account: 'Administrator' },
      ],
    },
    {
      title: 'a password of a policy, behind a key that is published',
      path: '/srv/sysvol/Groups.xml',
      text: '<Groups><User name="x"><Properties userName="helpdesk" cpassword="j1Uyj3Vx8TY9LtLZil2uAuZkFQA/4latT76ZwgdHdhw"/></User></Groups>',
      finds: [{ line: 1, is: 'encrypted', account: 'helpdesk' }],
    },
    {
      title: 'nothing set',
      path: '/srv/sysvol/Groups.xml',
      text: '<Groups><User><Properties userName="a" cpassword=""/></User></Groups>',
      finds: [],
    },
  ],
})

/** What is told under some name beside an entry or around it, among those that stand near. */
const near = (entries: readonly Entry[], index: number, name: RegExp): string | undefined => {
  const { group, outer = [] } = entries[index]!
  const groups = [group, ...outer.slice(0, 2)]
  let best: { rank: number; value: string } | undefined
  for (let other = Math.max(0, index - 20); other < Math.min(entries.length, index + 20); other++) {
    const one = entries[other]!
    const rank = groups.indexOf(one.group)
    if (rank < 0 || one.value === '' || !name.test(one.keys.at(-1)!)) continue
    if (best === undefined || rank < best.rank) best = { rank, value: one.value }
  }
  return best?.value
}

/** UTF-16 in base64, with the name of the element behind the password. */
const withoutName = (encoded: string, name: string): string | undefined => {
  const bytes = encoded.length > 4096 ? undefined : base64Bytes(encoded)
  const text = bytes === undefined ? undefined : new TextDecoder('utf-16le').decode(bytes)
  return text?.toLowerCase().endsWith(name.toLowerCase()) ? text.slice(0, -name.length) : undefined
}
