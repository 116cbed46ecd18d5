import { credentialFormat } from '../detector.ts'
import { linesOf } from '../readers/lines-of.ts'
import { secretOf } from '../dialects/secret-rules.ts'

export default credentialFormat({
  id: 'rancid-logins',
  title: 'Logins with which RANCID and Oxidized fetch configurations: `.cloginrc`, `router.db`',
  files: ['*cloginrc*', 'oxidized/router.db', '*oxidized*/router.db'],
  whole: true,

  *read({ path, text }) {
    if (/router\.db/.test(path)) {
      for (const { text: line, at } of linesOf(text)) {
        const fields = line.split(':', 8)
        const [system, , account, password, enable] = fields
        if (system === undefined || system.startsWith('#') || account === undefined || password === undefined) continue
        const passwordAt = fields.slice(0, 3).reduce((sum, field) => sum + field.length + 1, 0)
        for (const [value, from, name] of [
          [password, passwordAt, 'password'],
          [enable ?? '', passwordAt + password.length + 1, 'enable'],
        ] as const)
          if (/^\S{3,}$/.test(value))
            yield secretOf(
              { text: value, at: at + from, length: value.length, quoted: false },
              { name, account, system, service: 'ssh' },
            )
      }
      return
    }
    const users: [RegExp, string][] = []
    for (const { text: line } of linesOf(text)) {
      const user = /^[ \t]*add[ \t]+user[ \t]+(\S{1,255})[ \t]+\{?([^\s{}]{1,64})/.exec(line)
      if (user !== null && users.length < 1000) users.push([glob(user[1]!), user[2]!])
    }
    for (const { text: line, at } of linesOf(text)) {
      const match =
        /^([ \t]*(?:(#+)[ \t]*)?add[ \t]+(password|userpassword|passphrase)[ \t]+(\S{1,255})[ \t]+)(.{1,512})$/.exec(
          line,
        )
      if (match === null) continue
      const [, before = '', mark = '', name = '', system = '', rest = ''] = match
      if (system.startsWith('<')) continue
      let index = 0
      for (const one of rest.matchAll(/\{((?:[^{}\\]|\\.){1,255})\}|([^\s{}]{1,255})/g)) {
        const value = one[1] ?? one[2] ?? ''
        yield secretOf(
          {
            text: value,
            at: at + before.length + one.index + (one[1] === undefined ? 0 : 1),
            length: value.length,
            quoted: one[1] !== undefined,
          },
          {
            name: index === 0 ? name : 'enable',
            commented: mark !== '',
            account: index > 0 ? 'enable' : users.find(([pattern]) => pattern.test(system))?.[1],
            system: system === '*' ? undefined : system,
            service: 'ssh',
          },
        )
        if (++index === 2) break
      }
    }
  },

  examples: [
    {
      title: 'RANCID',
      path: '/var/lib/rancid/.cloginrc',
      text: 'add user core* alice\nadd password core1.example.org {oak-leaf-7} {rowan 19}\nadd password * elm-4\n#add password sl-bb*  {hello} {there}\nadd method * ssh\n',
      finds: [
        { line: 2, account: 'alice', system: 'core1.example.org' },
        { line: 2, account: 'enable', system: 'core1.example.org', name: 'enable' },
        { line: 3 },
        { line: 4, system: 'sl-bb*', state: 'commented' },
        { line: 4, system: 'sl-bb*', account: 'enable', state: 'commented' },
      ],
    },
    {
      title: 'Oxidized',
      path: 'var/lib/oxidized/router.db',
      text: 'r1.example.org:ios:alice:oak-leaf-7:rowan.19\nr2:junos:::\n',
      finds: [
        { line: 1, account: 'alice', system: 'r1.example.org' },
        { line: 1, account: 'alice', system: 'r1.example.org', name: 'enable' },
      ],
    },
    { title: 'users alone', path: '.cloginrc', text: '# comments\nadd user * bob\nadd autoenable * 1\n', finds: [] },
  ],
})

/** Only the first `*` of a pattern counts. */
const glob = (pattern: string): RegExp => {
  const [front = '', ...rest] = pattern.split('*')
  const escape = (part: string) => part.replaceAll(/[\\^$.|?+()[\]{}]/g, String.raw`\$&`)
  return new RegExp(rest.length === 0 ? `^${escape(front)}$` : `^${escape(front)}`)
}
