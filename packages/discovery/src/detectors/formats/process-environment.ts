import { credentialFormat, type Entry } from '../detector.ts'
import { secretsAmong } from '../names/secrets-among.ts'

/** Variables as the probe of processes writes them: one a line as they are, without quotes; what is no name goes on with the last. */
export default credentialFormat({
  id: 'process-environment',
  title: 'Variables in the environment of a process',
  files: ['proc/*/environ'],
  whole: true,

  read: ({ text }) => secretsAmong(variablesIn(text)),

  examples: [
    {
      title: 'a password with whom it opens and where; a login in a URL; values are taken as they are',
      path: '/proc/*/environ',
      text: 'HOME=/root\nPGHOST=db1\nPGUSER=shop\nPGPASSWORD=oak "leaf" 7#x\nBROKER=amqp://bus:rowan-19@mq1/\n',
      finds: [
        { line: 4, name: 'PGPASSWORD', account: 'shop', system: 'db1' },
        { line: 5, account: 'bus', system: 'mq1' },
      ],
    },
    {
      title: 'what names a file or is empty is no password',
      path: '/proc/*/environ',
      text: 'PASSWORD_FILE=/run/secrets/db\nDB_PASSWORD=\nPWD=/root\nOLDPWD=/etc\nSSH_AUTH_SOCK=/run/user/1000/agent\n',
      finds: [],
    },
  ],
})

function* variablesIn(text: string): Generator<Entry> {
  let left = MOST_VARIABLES
  for (const match of text.matchAll(VARIABLE)) {
    const [, name = '', value = ''] = match
    const at = match.index + name.length + 1
    if (value !== '' && !OF_THE_PROCESS.has(name) && !name.endsWith('ASKPASS'))
      yield { keys: [name], value, at, length: value.length, quoted: true, group: 0 }
    if (--left === 0) return
  }
}

const VARIABLE = /^([A-Za-z_][\w.-]{0,127})=([^\n]*)/gm
const MOST_VARIABLES = 20_000

/** What every login, shell and unit has: none of it is a secret, or tells whom another variable opens. */
const OF_THE_PROCESS: ReadonlySet<string> = new Set(
  (
    '_ PWD OLDPWD HOME USER LOGNAME SHELL PATH MAIL TERM LANG HOST HOSTNAME HOSTTYPE SHLVL TZ DISPLAY EDITOR PAGER SUDO_USER SUDO_COMMAND ' +
    'SSH_CONNECTION SSH_CLIENT SSH_TTY SSH_AUTH_SOCK INVOCATION_ID JOURNAL_STREAM NOTIFY_SOCKET LISTEN_FDNAMES XAUTHORITY'
  ).split(' '),
)
