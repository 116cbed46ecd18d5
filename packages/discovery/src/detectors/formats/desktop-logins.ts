import { credentialFormat, type Entry } from '../detector.ts'
import { base64Text } from '../readers/basic-login.ts'
import { sighting } from '../readers/sighting.ts'
import { entriesOf } from '../syntaxes/entries-of.ts'
import { INI, iniSyntax } from '../syntaxes/ini.ts'
import { xml } from '../syntaxes/xml.ts'

export default credentialFormat({
  id: 'desktop-logins',
  title: 'Logins that programs of desktops keep: FileZilla, WinSCP, Remote Desktop, Remmina',
  files: [
    'sitemanager.xml',
    'recentservers.xml',
    'filezilla.xml',
    'winscp.ini',
    'winscp*.ini',
    '*.rdp',
    '*.rdg',
    '*.remmina',
    'mremoteng*.xml',
    'confcons.xml',
  ],
  whole: true,

  *read(file) {
    const path = file.path.toLowerCase()
    if (/\.(?:xml|rdg)$/.test(path)) {
      for (const [index, entry, entries] of withIndex(entriesOf(file, xml))) {
        const { keys, value, at, length, commented } = entry
        const own = keys.findLast((key) => key !== '#text')!
        if (value === '' || !/^(?:@?pass|@?password)$/i.test(own)) continue
        const around = keys.at(-1) === '#text' ? (entry.outer?.[0] ?? entry.group) : entry.group
        const beside = (name: RegExp) =>
          entries
            .slice(Math.max(0, index - 30), index + 30)
            .find((one) => one.group === around && one.value !== '' && name.test(one.keys.at(-1)!))?.value
        const coded =
          entries[index - 1]?.keys.at(-1) === '@encoding' && entries[index - 1]!.group === entry.group
            ? entries[index - 1]!.value
            : undefined
        const locked = coded === 'crypt' || path.endsWith('.rdg') || own.startsWith('@')
        const port = beside(/^@?port$/i)
        const host = beside(/^@?(?:host|hostname|name)$/i)
        yield sighting({
          at,
          length,
          value: coded === 'base64' ? (base64Text(value) ?? value) : value,
          secret: 'password',
          name: keys
            .slice(-3)
            .filter((key) => key !== '#text')
            .join('.')
            .replaceAll('@', ''),
          account: beside(/^@?user(?:name)?$/i),
          system: host === undefined || port === undefined ? host : `${host}:${port}`,
          commented,
          quoted: true,
          ...(locked
            ? { valueClass: 'encrypted' as const, scheme: own.startsWith('@') ? 'mremoteng' : 'product' }
            : {}),
        })
      }
      return
    }
    if (path.endsWith('.rdp')) {
      const text = /^password 51:b:([0-9A-Fa-f]{16,4096})/m.exec(file.text)
      const line = (name: string) => new RegExp(`^${name}:s:([^\\r\\n]{1,256})`, 'm').exec(file.text)?.[1]
      if (text !== null)
        yield sighting({
          at: text.index + 15,
          length: text[1]!.length,
          secret: 'password',
          name: 'password',
          account: line('username'),
          system: line('full address'),
          service: 'rdp',
          valueClass: 'encrypted',
          scheme: 'dpapi',
        })
      return
    }
    const entries = entriesOf(file, SETTINGS)
    const groups = Map.groupBy(entries, ({ group }) => group)
    for (const entry of entries) {
      const { keys, value, at, length, group, commented } = entry
      const own = keys.at(-1)!.toLowerCase()
      if (
        value === '' ||
        value === '.' ||
        !/^(?:password|proxypassword|newpassword|ssh_password|ssh_tunnel_password|gateway_password|tunnelpassword)$/.test(
          own,
        )
      )
        continue
      const beside = (...names: string[]) =>
        groups.get(group)?.find((one) => names.includes(one.keys.at(-1)!.toLowerCase()))?.value
      yield sighting({
        at,
        length,
        value,
        secret: 'password',
        name: own,
        account: beside('username', 'user', 'ssh_username'),
        system: beside('hostname', 'server', 'host'),
        commented,
        valueClass: 'encrypted',
        scheme: path.endsWith('.remmina') ? 'remmina' : 'winscp',
      })
    }
  },

  examples: [
    {
      title: 'servers of FileZilla',
      path: '/home/a/.config/filezilla/sitemanager.xml',
      text: `<FileZilla3><Servers><Server><Host>ftp.example.org</Host><Port>21</Port><User>alice</User>
<Pass encoding="base64">b2FrLWxlYWYtNw==</Pass></Server></Servers></FileZilla3>`,
      finds: [{ line: 2, account: 'alice', system: 'ftp.example.org:21' }],
    },
    {
      title: 'sessions of WinSCP, hidden behind what is in its source',
      path: '/home/a/WinSCP.ini',
      text: '[Sessions\\root@host]\nHostName=192.0.2.7\nUserName=root\nPassword=A35C4A5B2E6F0011223344\n',
      finds: [{ line: 4, is: 'encrypted', account: 'root', system: '192.0.2.7' }],
    },
    {
      title: 'asked each time',
      path: '/home/a/x.remmina',
      text: '[remmina]\nusername=a\npassword=.\nserver=h\n',
      finds: [],
    },
  ],
})

const SETTINGS = iniSyntax({ ...INI, separators: '=', trailing: 'none', quotes: false })

function* withIndex(entries: readonly Entry[]): Iterable<readonly [number, Entry, readonly Entry[]]> {
  for (const [index, entry] of entries.entries()) yield [index, entry, entries]
}
