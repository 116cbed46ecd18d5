import type { FindingOf } from '@rollcall/contract'
import type { KeyedDigest } from '../../probe.ts'
import { MAX_NAME } from './account-file.ts'
import { passwordField } from './crypt-hash.ts'
import { instantOf } from '../logins/lastlog.ts'
import { attributeOf, parseStanzas } from './stanza-file.ts'

export const AIX_PASSWD = '/etc/security/passwd'
export const AIX_USER = '/etc/security/user'
export const AIX_GROUP = '/etc/security/group'
export const AIX_LASTLOG = '/etc/security/lastlog'

/**
 * What AIX keeps of passwords: the hash and when it was changed in /etc/security/passwd, locks, aging in weeks and expiry in
 * /etc/security/user, where the stanza `default` speaks for who has none of their own.
 */
export const aixPasswords = (passwd: string, user: string, keyedDigest: KeyedDigest): FindingOf<'credential'>[] => {
  const settings = parseStanzas(user)
  const setting = (name: string, attribute: string) => attributeOf(settings, name, attribute)
  return [...parseStanzas(passwd)]
    .filter(([name]) => name !== 'default' && name.length <= MAX_NAME)
    .map(([name, attributes]) => {
      const field = passwordField(attributes.get('password') ?? '*', keyedDigest)
      const locked = /^(?:true|yes|always)$/i.test(setting(name, 'account_locked') ?? '')
      const flags = (attributes.get('flags') ?? '').split(',').map((flag) => flag.trim())
      const changed = flags.includes('ADMCHG') ? 'must-change' : dateOf(attributes.get('lastupdate'))
      const [minimum, maximum] = [weeks(setting(name, 'minage')), weeks(setting(name, 'maxage'))]
      const [inactive, warning] = [weeks(setting(name, 'maxexpired'), true), wholeNumber(setting(name, 'pwdwarntime'))]
      const expires = expiryOf(setting(name, 'expires'))
      return {
        kind: 'credential',
        class: 'login-password',
        account: name,
        ...field,
        ...(locked && field.state === 'usable' ? { state: 'locked' as const } : {}),
        ...(changed === undefined ? {} : { changed }),
        ...(minimum === undefined ? {} : { minimumDays: minimum }),
        ...(maximum === undefined ? {} : { maximumDays: maximum }),
        ...(warning === undefined ? {} : { warningDays: warning }),
        ...(inactive === undefined ? {} : { inactiveDays: inactive }),
        ...(expires === undefined ? {} : { accountExpires: expires }),
        place: { path: AIX_PASSWD },
      }
    })
}

/** Who may add members to a group: `adms` of its stanza. */
export const aixGroupAdministrators = (text: string): { group: string; administrators: readonly string[] }[] =>
  [...parseStanzas(text)].flatMap(([group, attributes]) => {
    const administrators = (attributes.get('adms') ?? '')
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '' && name.length <= MAX_NAME)
    return administrators.length === 0 ? [] : [{ group, administrators: [...new Set(administrators)].slice(0, 10_000) }]
  })

/** The last login of each account that has a stanza: `time_last_login` in seconds, absent for who never came in. */
export const aixLastLogins = (text: string): { account: string; at: string; from: string }[] =>
  [...parseStanzas(text)].flatMap(([account, attributes]) => {
    if (account === 'default' || account.length > MAX_NAME) return []
    const seconds = wholeNumber(attributes.get('time_last_login'))
    const from = attributes.get('host_last_login') ?? attributes.get('tty_last_login') ?? ''
    return [
      seconds === undefined || seconds === 0
        ? { account, at: 'never', from: '' }
        : { account, at: instantOf(seconds * 1000), from },
    ]
  })

const wholeNumber = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) : undefined

/** Zero weeks are no limit, but for the time after expiry, where `-1` is. */
const weeks = (text: string | undefined, zeroCounts = false): number | undefined => {
  const number = wholeNumber(text)
  return number === undefined || (number === 0 && !zeroCounts) ? undefined : Math.min(number, 10_000) * 7
}

const dateOf = (seconds: string | undefined) => {
  const number = wholeNumber(seconds)
  return number === undefined || number === 0 ? undefined : instantOf(number * 1000).slice(0, 10)
}

/** `MMDDhhmmyy`; years from 70 on are of the last century. `0` is never. */
const expiryOf = (text: string | undefined): string | undefined => {
  const [, month = '', day = '', year = ''] = /^(\d\d)(\d\d)\d{4}(\d\d)$/.exec(text ?? '') ?? []
  if (year === '') return undefined
  const date = `${Number(year) >= 70 ? 19 : 20}${year}-${month}-${day}`
  return Number.isNaN(Date.parse(date)) ? undefined : date
}
