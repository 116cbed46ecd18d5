import { credentialFormat } from '../detector.ts'
import { linesOf } from '../readers/lines-of.ts'
import { secretOf } from '../dialects/secret-rules.ts'

export default credentialFormat({
  id: 'sip-proxy',
  title: 'Kamailio and OpenSIPS: parameters of modules, defined values, what their tools log in with',
  files: [
    'kamailio*.cfg',
    'opensips*.cfg',
    'kamailio/*.cfg',
    'opensips/*.cfg',
    'kamctlrc',
    'opensipsctlrc',
    '*sip-router*.cfg',
  ],

  *read({ text }) {
    let user: string | undefined
    for (const { text: line, at } of linesOf(text)) {
      const commented = /^[ \t]*(?:#(?![!a-z]*define)|\/\/)/.test(line)
      user = /^[ \t]*(?:#[ \t]*)?DBR[OW]USER=["']?([^"'\s]{1,64})/.exec(line)?.[1] ?? user
      for (const [form, account] of FORMS) {
        const match = form.exec(line)
        if (match === null) continue
        const [whole, written = '', value = ''] = match
        const name = written.replace(/"[ \t]*,[ \t]*"/, '.')
        const from = match.index + whole.lastIndexOf(value)
        yield secretOf(
          { text: value, at: at + from, length: value.length, quoted: true },
          {
            name: name.toLowerCase(),
            commented,
            account: account ? user : undefined,
            secret: /secret|key/i.test(name) ? 'shared-secret' : 'password',
          },
        )
        break
      }
    }
  },

  examples: [
    {
      title: 'parameters of modules',
      path: '/etc/kamailio/kamailio.cfg',
      text: 'modparam("auth", "secret", "oak-leaf-7")\n#modparam("topoh", "mask_key", "elm-4")\nmodparam("auth_db", "password_column", "password")\nmodparam("auth_db", "calculate_ha1", yes)\n',
      finds: [
        { line: 1, name: 'auth.secret', secret: 'shared-secret' },
        { line: 2, state: 'commented' },
      ],
    },
    {
      title: 'the tools',
      path: 'etc/kamailio/kamctlrc',
      text: 'DBRWUSER="kamailio"\nDBRWPW="oak-leaf-7"\n# DBROPW="kamailioro"\n',
      finds: [
        { line: 2, account: 'kamailio' },
        { line: 3, account: 'kamailio', state: 'commented' },
      ],
    },
    {
      title: 'routes',
      path: 'kamailio.cfg',
      text: '#!define WITH_AUTH\nroute[AUTH] { if (!auth_check("$fd", "subscriber", "1")) { auth_challenge("$fd", "0"); exit; } }\n',
      finds: [],
    },
  ],
})

const FORMS: readonly (readonly [RegExp, boolean])[] = [
  [
    /\bmodparam[ \t]*\([ \t]*"([\w|]{1,200}"[ \t]*,[ \t]*"(?!private_key|public_key)(?:\w{0,40}_)?(?:secret|password|passwd|pass|mask_key|key|shared_secret|cookie_secret|auth_secret|api_key|secret_key))"[ \t]*,[ \t]*"([^"]{1,512})"/,
    false,
  ],
  [/^[ \t]*(?:#[ \t]*)?((?:DBRW|DBRO|DBROOT|DB)(?:PW|PASS|PASSWORD))[ \t]*=[ \t]*["']?([^"'\s]{1,255})/, true],
]
