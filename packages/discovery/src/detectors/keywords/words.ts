import { PROGRAM_WORDS } from '../lines/commands.ts'

/** What a word that was found begins to look for. */
export type Looks = 'name' | 'url' | 'sql' | 'program' | 'hash' | 'call' | 'dsn' | 'dbi'

const words = (looks: Looks, all: readonly string[]) => all.map((word) => [word, looks] as const)

/**
 * Words that lines are read for, in lower case. Names of secrets hold one of these; which of them really are names is read then, where
 * they stand.
 */
export const LINE_WORDS: readonly (readonly [word: string, looks: Looks])[] = [
  ...words(
    'name',
    'pass pw psw secret token key cred psk salt pepper cookie communit authoriz bearer contrase senha kennwort parol heslo haslo wachtwoord mot_de motde salasana adgangskode clave puk _pin -pin .pin pin= pin: pin> userpin sopin sifre'.split(
      ' ',
    ),
  ),
  ...words('name', ['pin =']),
  ...words('url', ['://']),
  ...words('dsn', ['@tcp(', '@unix(']),
  ...words('dbi', ['dbi:']),
  ...words('sql', ['identified']),
  ...words('program', PROGRAM_WORDS),
  ...words(
    'hash',
    '$1$ $2a$ $2b$ $2x$ $2y$ $5$ $6$ $7$ $y$ $gy$ $apr1$ $argon2 $md5 $sha1$ $p$ $h$ $s$ {ssha {crypt} {sha {md5} {smd5} pbkdf2 scram-sha-256$ {blf-crypt} {argon2 aad3b435b51404ee ::: :[u'.split(
      ' ',
    ),
  ),
  ...words('call', [
    'login(',
    'convertto-securestring',
    'connect(',
    'ldap_bind',
    'mysqli',
    'new pdo',
    'basicauth',
    'auth=(',
    'auth = (',
    'authenticate(',
    'credentials(',
    'worker(',
    'buildslave(',
    'auth(',
    'user(',
    'account(',
  ]),
]

/** Names of secrets in other alphabets, as people write them. */
export const SPOKEN_WORDS: readonly string[] =
  'парол Парол ПАРОЛ секрет Секрет токен Токен 密码 密碼 口令 パスワ 暗証 비밀 암호 şifre Şifre asło ASŁO'.split(' ')
