import type { CredentialWeakness } from '@rollcall/contract'
import { COMMONEST } from './commonest.ts'
import { SALTED, UNSALTED } from './shipped-hashes.ts'

/** What is wrong with a secret, told by looking at it. */
export const weaknessesOf = (
  secret: string,
  account: string | undefined,
  service: string | undefined,
): CredentialWeakness[] => {
  const lower = secret.toLowerCase()
  const found: CredentialWeakness[] = []
  if (isPublished(secret)) found.push('publicly-known')
  if (SHIPPED.has(lower) || (service !== undefined && SHIPPED_WITH.get(service)?.includes(lower) === true))
    found.push('default')
  if (account !== undefined && account.length > 0 && account.toLowerCase() === lower) found.push('same-as-account')
  if (isCommon(lower)) found.push('common')
  if (secret.length < 8) found.push('short')
  return found
}

/** Whether a hash is one that a product is shipped with. */
export const isShippedHash = (hash: string): boolean => SHIPPED_HASHES.has(hash.toLowerCase())

/**
 * Whether people choose it often, told on its stem: `P@ssw0rd1!` is `password`. What is a run of keys, digits or letters, or one letter
 * again and again, counts too.
 */
const isCommon = (lower: string): boolean => {
  if (lower.length > 24 || lower.length === 0) return false
  if (
    COMMON.has(lower) ||
    THOUSAND.has(lower) ||
    /^(.{1,3})\1+$/.test(lower) ||
    RUNS.some((run) => run.includes(lower) && lower.length >= 3)
  )
    return true
  const stem = lower.replace(/^[\d\W_]{0,4}/, '').replace(/[\d\W_]{1,6}$/, '')
  return COMMON.has(stem) || COMMON.has(plain(lower)) || COMMON.has(plain(stem))
}

const plain = (text: string) => text.replaceAll(/[@40351$!7]/g, (sign) => LEET[sign]!)
const LEET: Readonly<Record<string, string>> = {
  '@': 'a',
  4: 'a',
  0: 'o',
  3: 'e',
  5: 's',
  $: 's',
  1: 'i',
  '!': 'i',
  7: 't',
}

const RUNS = [
  '01234567890123456789',
  '09876543210987654321',
  'abcdefghijklmnopqrstuvwxyz',
  'qwertyuiop[]',
  'qwertzuiop',
  'azertyuiop',
  'asdfghjkl;',
  'zxcvbnm,./',
  'yxcvbnm',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm',
  '1q2w3e4r5t6y7u8i9o0p',
  'qazwsxedcrfvtgb',
  'q1w2e3r4t5y6',
  'poiuytrewq',
  'lkjhgfdsa',
  'mnbvcxz',
]

/** What products are shipped with, those of a service first. */
export const shippedWith = (service: string | undefined): readonly string[] => [
  ...(SHIPPED_WITH.get(service ?? '') ?? []),
  ...SHIPPED,
]

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '))

const THOUSAND: ReadonlySet<string> = new Set(COMMONEST.map((word) => word.toLowerCase()))

const COMMON = words(
  'password passwd pass pwd passw0rd passwort kennwort parola senha contrasena motdepasse heslo haslo wachtwoord geheim secret secrets ' +
    'topsecret mysecret mypass mypassword mypasswd yourpassword letmein welcome login admin administrator administrador root toor ' +
    'superuser super supervisor sysadmin system sys sysdba operator manager master guest user username test tester testing test123 ' +
    'demo sample example default changeme changeit change temp temporary public private internal access abc abc123 a1b2c3 qwerty ' +
    'qwert qwertz azerty asdf asdfgh zxcv zxcvbn iloveyou loveyou sunshine princess dragon monkey football baseball basketball ' +
    'soccer hockey golf tennis shadow michael jordan jennifer hunter hunter2 trustno1 batman superman spiderman starwars pokemon ' +
    'charlie thomas robert daniel andrew joshua matthew george jessica ashley amanda nicole michelle killer pepper ginger cookie ' +
    'cheese summer winter spring autumn monday friday january march april august september october november december flower ' +
    'computer internet server service network router switch database oracle mysql postgres redis mongo docker kubernetes linux ' +
    'unix ubuntu debian centos redhat fedora windows microsoft google apple samsung cisco juniper dell vmware nagios zabbix icinga ' +
    'tomcat jboss jenkins grafana elastic kibana backup monitor monitoring support helpdesk office company corporate business ' +
    'home family mother father freedom whatever nothing something blahblah blah foo foobar bar baz hello hello123 hellothere world ' +
    'helloworld matrix mustang harley ranger buster tigger silver golden purple orange yellow london berlin paris madrid moscow ' +
    'america chelsea liverpool arsenal barcelona juventus maggie rosebud biteme fuckyou fuckme pussy asshole lovely angel angels ' +
    'babygirl bailey phoenix falcon eagle eagles tiger tigers lion wolf bear snoopy mickey donald merlin gandalf jesus christ ' +
    'heaven zaq12wsx zaq1zaq1 1q2w3e 1qaz2wsx qazwsx qweasd qweasdzxc asd asdasd qwe qweqwe zxc aaa xxx aaaaaa 000 111 123 1234 ' +
    '12345 123456 1234567 12345678 123456789 1234567890 0000 1111 2222 3333 4444 5555 6666 7777 8888 9999 1212 1313 2000 2020 2021 ' +
    '2022 2023 2024 2025 2026 123123 112233 121212 123321 654321 666666 696969 777777 888888 999999 987654321 11111111 00000000 ' +
    'pa55word p4ssword p4ssw0rd pass123 pass1234 admin123 root123 user123 guest123 secret123 s3cret s3cr3t swordfish thisisasecret ' +
    'supersecret verysecret averysecret notsosecret sesame opensesame abracadabra ninja wizard access14 letmein1 passme newpass ' +
    'newpassword oldpassword dbpass dbpassword userpass rootpass adminpass mysqlpass gracie alice bob alicepassword bobpassword john ' +
    'johnny david james joseph william richard charles anthony maria anna sandra laura sarah martin peter patrick stefan ' +
    'kevin brian steven edward jason justin brandon nathan tyler dallas austin houston boston chicago phoenix denver yankees cowboys ' +
    'steelers lakers packers raiders badboy hotdog coffee chocolate banana apples peanut butter diamond crystal rainbow lucky ' +
    'success victory winner player gamer hacker cracker creative digital power energy future forever',
)

/** What products are shipped with or document as their first password, of any of them. */
const SHIPPED = words(
  'changeme changeit change_me testing123 admin administrator password passw0rd p@ssw0rd root toor guest manager s3cret nagiosadmin ' +
    'zabbix icinga icingaadmin calvin superuser cisco vagrant raspberry ubnt minioadmin openmediavault pfsense opnsense ' +
    'change_on_install tiger welcome1 wiener netscreen motorola public private cable-docsis secret default mysecretpassword ' +
    'supersecret bitnami dietpi kali hortonworks cloudera cumulus cumuluslinux nutanix/4u vmware1! anaconda hadoop hive openelec ' +
    'libreelec 1234 12345 123456 0000 1111 admin123 root123 system elastic neo4j influxdb couchbase rabbitmq postgres mysql ' +
    'activemq artemis karaf jboss weblogic weblogic1 websphere tomcat jetty glassfish adminadmin sonar nexus xwiki opennms rtc xampp ' +
    'supervisor synnet epicrouter smcadmin alpine maxscale puppetlabs pgadmin dbpassword keystone openstack',
)

const SHIPPED_WITH: ReadonlyMap<string, readonly string[]> = new Map([
  ['mssql', ['sa', 'yourstrong!passw0rd']],
  ['oracle', ['oracle', 'manager', 'tiger', 'sys', 'system', 'dbsnmp', 'oracle123']],
  ['redis', ['foobared']],
  ['kafka', ['admin-secret', 'alice-secret', 'kafka-pass', 'confluent']],
  ['snmp', ['public', 'private', 'community', 'snmp', 'cisco', 'ilmi', 'c0de', 'tivoli', 'openview']],
  ['grafana', ['admin', 'prom-operator']],
  ['keystore', ['changeit', 'changeme', 'password', 'secret']],
  ['ipmi', ['admin', 'calvin', 'changeme', 'passw0rd', 'root', 'superuser']],
])

/** Keys and salts that are printed in documentation and sources, so that anybody can use them. */
const isPublished = (secret: string): boolean => PUBLISHED.has(secret) || PUBLISHED_PARTS.test(secret)

const PUBLISHED: ReadonlySet<string> = new Set([
  'ThisTokenIsNotSoSecretChangeIt',
  'ThisTokenIsNotSoSecretSoChangeIt',
  'SomeRandomString',
  'SomeRandomKey!!!',
  'rcmail-!24ByteDESkey*Str',
  'kPH+bIxk5D2deZiIxcaaaA==',
  '_5#y2L"F4Q8z\\n\\xec]/',
  'temporary_key',
  'thisismysecretkey',
  '\\2\\1thisismyscretkey\\1\\2\\e\\y\\y\\h',
  'CHANGE_ME_TO_A_COMPLEX_RANDOM_SECRET',
  'TEST_NON_DEV_SECRET',
  'AKIAIOSFODNN7EXAMPLE',
  'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  'SW2YcwTIb9zpOOhoPsMm',
  'secret_key_base',
  'keyboard cat',
  'shhhhh',
  'foobared',
])

/** The first lines of Vagrant's key, in both of its spellings, and marks that frameworks put on keys for development. */
const PUBLISHED_PARTS =
  /^django-insecure-|MIIEogIBAAKCAQEA6NF8iallvQVp22WDkTkyrtvp9eWW6A8YVr\+kz4TjGYe7gHzI|^eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9\.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lI/

const SHIPPED_HASHES: ReadonlySet<string> = new Set([...UNSALTED, ...SALTED])
