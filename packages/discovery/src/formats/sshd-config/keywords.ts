import {
  choice,
  command,
  environment,
  exactly,
  file,
  forwards,
  homeRelativeFiles,
  integer,
  ipQos,
  isUserPattern,
  listenAddress,
  maxStartups,
  netBlockSize,
  octalMask,
  one,
  orNone,
  port,
  pubkeyOptions,
  rekeyLimit,
  restOfLine,
  seconds,
  several,
  severalOrNone,
  subsystem,
  time,
  yesNo,
  type ValueReader,
} from './values.ts'

/** How sshd treats one keyword. */
export interface Keyword {
  /** As `sshd -T` prints it. */
  readonly name: string
  /** Which of several lines counts: the first, the last, or all of them. */
  readonly counts: 'first' | 'last' | 'all'
  readonly read: ValueReader
  /** Whether Match blocks may set it. */
  readonly inMatch: boolean
}

/** A keyword by its name in any case, also by one of its old names. `ignored`: sshd takes the line and does nothing. */
export const keywordOf = (name: string): Keyword | 'ignored' | undefined => {
  const lower = name.toLowerCase()
  return IGNORED.has(lower) ? 'ignored' : KEYWORDS.get(ALIASES.get(lower) ?? lower)
}

/** Those of which `sshd -T` prints a line for each value; of the others it prints one line with all values. */
export const isPrintedByLine = (name: string): boolean => BY_LINE.has(name)

/** Those whose values on their one line are told apart by blanks. */
export const isList = (name: string): boolean => LISTS.has(name)

const words = (text: string) => text.split(/\s+/).filter((word) => word !== '')

const BY_LINE = new Set(
  words(
    'port listenaddress hostkey hostcertificate allowusers denyusers allowgroups denygroups acceptenv setenv subsystem',
  ),
)
const LISTS = new Set(
  words('authorizedkeysfile authenticationmethods permitopen permitlisten logverbose channeltimeout pubkeyauthoptions'),
)

const IGNORED = new Set(
  words(`afstokenpassing authorizedkeysfile2 checkmail debianbanner gssapiusesessioncredcache gssusesessionccache
    kerberostgtpassing keyregenerationinterval pamauthenticationviakbdint protocol reversemappingcheck rhostsauthentication
    rhostsrsaauthentication rsaauthentication serverkeybits uselogin useprivilegeseparation verifyreversemapping`),
)

const ALIASES = new Map([
  ['challengeresponseauthentication', 'kbdinteractiveauthentication'],
  ['skeyauthentication', 'kbdinteractiveauthentication'],
  ['dsaauthentication', 'pubkeyauthentication'],
  ['gssapicleanupcreds', 'gssapicleanupcredentials'],
  ['hostbasedacceptedkeytypes', 'hostbasedacceptedalgorithms'],
  ['hostdsakey', 'hostkey'],
  ['keepalive', 'tcpkeepalive'],
  ['pubkeyacceptedkeytypes', 'pubkeyacceptedalgorithms'],
  ['rsaminsize', 'requiredrsasize'],
])

const KEYWORDS = new Map<string, Keyword>()

const define = (
  names: string,
  read: ValueReader,
  { counts = 'first', inMatch = true }: Partial<Pick<Keyword, 'counts' | 'inMatch'>> = {},
) => {
  for (const name of words(names)) KEYWORDS.set(name, { name, counts, read, inMatch })
}
const GLOBAL = { inMatch: false } as const

define(
  `usepam kerberosorlocalpasswd kerberosticketcleanup kerberosgetafstoken gssapicleanupcredentials gssapistrictacceptorcheck
   gssapikeyexchange gssapistorecredentialsonrekey gssapienablek5users printmotd printlastlog ignoreuserknownhosts strictmodes
   tcpkeepalive usedns`,
  yesNo,
  GLOBAL,
)
define(
  `hostbasedauthentication hostbasedusesnamefrompacketonly pubkeyauthentication kerberosauthentication gssapiauthentication
   passwordauthentication kbdinteractiveauthentication x11forwarding x11uselocalhost permittty permituserrc
   permitemptypasswords allowagentforwarding disableforwarding streamlocalbindunlink exposeauthinfo refuseconnection`,
  yesNo,
)
define('logingracetime', time, GLOBAL)
define('clientaliveinterval', time)
define(
  'unusedconnectiontimeout',
  one((word) => (word.toLowerCase() === 'none' ? 'none' : seconds(word)?.toString().replace(/^0$/, 'none'))),
)
define('x11displayoffset maxauthtries maxsessions clientalivecountmax requiredrsasize', integer)
define('pidfile modulifile xauthlocation sshdsessionpath sshdauthpath', file, GLOBAL)
define('banner trustedusercakeys revokedkeys', file)
define('hostkey hostcertificate', file, { counts: 'all', inMatch: false })
define(
  'hostkeyagent',
  (given, rest, surroundings) =>
    given.length === 1 && given[0] === 'SSH_AUTH_SOCK' ? given : file(given, rest, surroundings),
  GLOBAL,
)
define(
  'securitykeyprovider',
  (given, rest, surroundings) =>
    given.length === 1 && given[0]!.toLowerCase() === 'internal' ? given : file(given, rest, surroundings),
  GLOBAL,
)
define(
  'port',
  one((word) => ((port(word) ?? 0) > 0 ? String(port(word)) : undefined)),
  { counts: 'all', inMatch: false },
)
define('listenaddress', listenAddress, { counts: 'all', inMatch: false })
define('addressfamily', choice({ any: 'any', inet: 'inet', inet6: 'inet6' }), GLOBAL)
define(
  'permitrootlogin',
  choice({
    'without-password': 'without-password',
    'prohibit-password': 'without-password',
    'forced-commands-only': 'forced-commands-only',
    yes: 'yes',
    no: 'no',
  }),
)
define('ignorerhosts', choice({ yes: 'yes', no: 'no', 'shosts-only': 'shosts-only' }))
define('compression', choice({ yes: 'yes', delayed: 'yes', no: 'no' }), GLOBAL)
define('gatewayports', choice({ clientspecified: 'clientspecified', yes: 'yes', no: 'no' }))
define(
  'allowtcpforwarding allowstreamlocalforwarding',
  choice({ yes: 'yes', all: 'yes', no: 'no', remote: 'remote', local: 'local' }),
)
define('permittunnel', exactly('no', 'point-to-point', 'ethernet', 'yes'))
define(
  'syslogfacility',
  choice(
    Object.fromEntries(
      words('daemon user auth authpriv local0 local1 local2 local3 local4 local5 local6 local7').map((name) => [
        name,
        name.toUpperCase(),
      ]),
    ),
  ),
  GLOBAL,
)
define(
  'loglevel',
  choice({
    ...Object.fromEntries(
      words('silent fatal error info verbose debug debug2 debug3').map((name) => [name, name.toUpperCase()]),
    ),
    quiet: 'SILENT',
    debug1: 'DEBUG',
  }),
)
define('logverbose', severalOrNone())
define(
  'fingerprinthash',
  choice(Object.fromEntries(words('md5 sha1 sha256 sha384 sha512').map((name) => [name, name.toUpperCase()]))),
  {
    counts: 'last',
    inMatch: false,
  },
)
define(
  'permituserenvironment',
  one((word) => word),
  GLOBAL,
)
define('rekeylimit', rekeyLimit)
define('ipqos', ipQos, { counts: 'last' })
define('maxstartups', maxStartups, { counts: 'last', inMatch: false })
define(
  'persourcemaxstartups',
  one((word) => (word === 'none' ? word : integer([word], '', { homeOf: () => undefined })?.[0])),
  {
    counts: 'last',
    inMatch: false,
  },
)
define('persourcenetblocksize', netBlockSize, { counts: 'last', inMatch: false })
define('persourcepenalties', several(), GLOBAL)
define(
  'persourcepenaltyexemptlist',
  one((word) => word),
  GLOBAL,
)
define('streamlocalbindmask', octalMask, { counts: 'last' })
define('allowusers denyusers', several(isUserPattern), { counts: 'all' })
define('allowgroups denygroups', several(), { counts: 'all' })
define(
  'acceptenv',
  several((word) => !word.includes('=')),
  { counts: 'all' },
)
define('setenv', environment)
// Releases before 9.5 refuse it in a Match block, so a configuration that is in use there has none.
define('subsystem', subsystem, { counts: 'all' })
define(
  'ciphers macs kexalgorithms gssapikexalgorithms hostkeyalgorithms',
  one((word) => word),
  GLOBAL,
)
define(
  'hostbasedacceptedalgorithms pubkeyacceptedalgorithms casignaturealgorithms',
  one((word) => word),
)
define('pubkeyauthoptions', pubkeyOptions)
define('authorizedkeysfile', homeRelativeFiles)
define(
  'authorizedprincipalsfile',
  orNone((given, rest, surroundings) =>
    given.length === 1 ? homeRelativeFiles(given, rest, surroundings) : undefined,
  ),
)
define('chrootdirectory', orNone(one((word) => word)))
define('forcecommand', orNone(restOfLine))
define('versionaddendum', orNone(restOfLine), GLOBAL)
define('authorizedkeyscommand authorizedprincipalscommand', command)
define(
  'authorizedkeyscommanduser authorizedprincipalscommanduser rdomain',
  one((word) => word),
)
define('authenticationmethods', (given) =>
  given.length > 0 && (given.length === 1 || !given.includes('any')) ? given : undefined,
)
define('permitopen', forwards(false))
define('permitlisten', forwards(true))
define(
  'channeltimeout',
  severalOrNone((word) => word.indexOf('=') > 0 && seconds(word.slice(word.indexOf('=') + 1)) !== undefined),
)
