/**
 * Whether a command bound to a key does what intruders leave behind and administrators do not: it fetches a program and runs it, opens
 * a shell to elsewhere, unpacks hidden text and runs it, or writes keys and timetables anew. Ordinary forced commands, also long ones
 * with pipes, are not told: what counts is the pair of getting and running, not either alone.
 */
export const isHostileCommand = (command: string): boolean => {
  const text = command.slice(0, LONGEST).toLowerCase()
  if (HOSTILE.some((pattern) => pattern.test(text))) return true
  return PAIRS.some(([one, ...others]) => one.test(text) && others.some((other) => other.test(text)))
}

const LONGEST = 4096

/** What may stand before the name of a program, and what it is called. All repetitions have an end, so that no text takes long. */
const START = '(?:^|[\\s;&|(`\'"{=!])'
const PATH = '(?:[\\w./-]{0,100}/)?'
const SHELL = `${PATH}(?:ba|da|z|k|a|c|tc)?sh`
const INTERPRETER = `${PATH}(?:python[0-9.]{0,5}|perl|ruby|php[0-9.]{0,5}|node|lua)`
const RUNNER = `(?:sudo\\s{1,20}(?:-\\S{1,20}\\s{1,20}){0,5})?(?:${SHELL}|${INTERPRETER})`
const FETCHER = `${PATH}(?:curl|wget|fetch|lwp-download|tftp|ftpget)`
/** The end of a word, and what may come before the command ends. */
const END = '(?:$|[\\s;&|)\'"])'
const SOME = '[^;&|]{0,300}?'

const HOSTILE: readonly RegExp[] = [
  // bash's own network files, and what opens a shell to whoever listens
  /\/dev\/(?:tcp|udp)\/[\w.$[{]/,
  new RegExp(
    `${START}${PATH}(?:nc(?:\\.[a-z]{1,20})?|ncat|netcat)(?=\\s)${SOME}\\s(?:-[a-z]{0,8}[ec]\\s|--(?:sh-)?exec)`,
  ),
  new RegExp(`${START}${PATH}socat\\s${SOME}(?:exec|system):`),
  // text that is hidden and then run
  new RegExp(`(?:base64|openssl|xxd|uudecode|gunzip|zcat|rev|tr)\\s${SOME}\\|\\s{0,20}${RUNNER}${END}`),
  // what secures the intruder's way back
  /chattr\s[^;&|]{0,200}?[+-][a-z]{0,10}[ia]/,
  />{1,2}\s{0,20}['"]?[^\s;&|'"<>]{0,200}(?:authorized_keys|\/etc\/(?:passwd|shadow|sudoers|crontab|ld\.so\.preload)|\/cron(?:tabs)?\/|\/cron\.d\/)/,
  /(?:^|[\s;&|(`'"])ld_preload=\S/,
  // hidden places where anybody may put things
  /\/(?:tmp|dev\/shm|var\/tmp)\/\.[\w-]/,
]

/** Told where the first and one of the others are there: each alone is ordinary. */
const PAIRS: readonly (readonly [RegExp, ...(readonly RegExp[])])[] = [
  // fetched, and run: in one pipe, by substitution, made executable, or by name afterwards
  [
    new RegExp(`(?:${START}|\\$\\()${FETCHER}(?:\\s|$)`),
    new RegExp(`\\|\\s{0,20}${RUNNER}${END}`),
    new RegExp(`(?:${START}(?:${SHELL}|eval|source)|\\s\\.)\\s${SOME}(?:\\$\\(|\`|<\\()\\s{0,20}${FETCHER}\\s`),
    /(?:^|[\s;&|(`'"])chmod\s{1,20}(?:-\S{1,20}\s{1,20})?(?:[augo]{0,4}[+=][rws]{0,3}x|0?[0-7]{0,3}[1357]\s)/,
    new RegExp(`(?:;|&&|\\|\\|)\\s{0,20}${RUNNER}\\s{1,20}(?:-\\S{1,20}\\s{1,20}){0,3}[\\w./~$]`),
  ],
  // a program in one line that opens sockets or unpacks itself
  [
    new RegExp(`${START}${INTERPRETER}\\s${SOME}-[cer][\\s'"]`),
    /\bsocket|b64decode|base64|urlopen|urllib|requests\.get|net::http|lwp::simple|fsockopen|pty\.spawn/,
  ],
  // run as it was unpacked
  [new RegExp(`${START}(?:eval|exec)\\s${SOME}(?:\\$\\(|\`)`), /(?:base64|xxd|openssl\s{1,20}enc)\s/],
]
