import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Entry } from '../detector.ts'
import { secretsAmong } from './secrets-among.ts'
import { secretNamed } from './secret-name.ts'
import { wordsOfName } from './name-words.ts'

describe('words of a name', () => {
  test.each([
    ['DB_PASSWORD', 'db password'],
    ['dbPassword', 'db password'],
    ['db.password', 'db password'],
    ['DBPassword', 'db password'],
    ['OAuth2ClientSecret', 'o auth2 client secret'],
    ['mot-de-passe', 'mot de passe'],
  ])('%s', (name, words) => {
    expect(wordsOfName(name).join(' ')).toBe(words)
  })
})

describe('is the name of a secret', () => {
  test.each([
    ['password', 'password'],
    ['PASSWD', 'password'],
    ['db.main.passwd2', 'password'],
    ['PGPASSWORD', 'password'],
    ['bindpw', 'password'],
    ['adminPw', 'password'],
    ['x_pw', 'password'],
    ['olcRootPW', 'password'],
    ['userPass', 'password'],
    ['PassWord', 'password'],
    ['keystorePass', 'password'],
    ['ssl_key_passphrase', 'password'],
    ['javax.net.ssl.trustStorePassword', 'password'],
    ['contraseña', 'password'],
    ['mot_de_passe', 'password'],
    ['пароль', 'password'],
    ['kennwort', 'password'],
    ['server_password', 'password'],
    ['community', 'shared-secret'],
    ['N2N_KEY', 'shared-secret'],
    ['MAILMAN_ARCHIVER_KEY', 'shared-secret'],
    ['password_old', 'password'],
    ['client-secret', 'shared-secret'],
    ['SECRET_KEY_BASE', 'symmetric-key'],
    ['blowfish_secret', 'shared-secret'],
    ['wpa_psk', 'shared-secret'],
    ['rocommunity', 'shared-secret'],
    ['apiKey', 'token'],
    ['X-API-Key', 'token'],
    ['aws_secret_access_key', 'token'],
    ['authToken', 'token'],
    ['encryption_key', 'symmetric-key'],
    ['private_key', 'private-key'],
    ['secret_id', 'shared-secret'],
  ])('%s', (name, secret) => {
    expect(secretNamed(name)?.secret).toBe(secret)
  })
})

describe('is the name of something that has to do with secrets', () => {
  test.each(
    (
      'password_file passwordFile tokenUrl token_endpoint maxPasswordAge key_mgmt password_policy secretName existingSecret ' +
      'aws_access_key_id server_tokens max_tokens csrf_token proxy_pass fastcgi_pass bypass compass public_key primary_key ' +
      'PasswordAuthentication password_encryption nopasswd monkey passwordless use_password is_secret password_prompt ' +
      'token_ttl passwd_cache_size primarykey keyboard AuthorizedKeysFile sort_key tokenizer secretary password_min_length ' +
      'imagePullSecrets url_change_password PTT_PIN power_pin tlsSecretName PASS_MAX_DAYS password-hash-algorithm routing_key'
    ).split(' '),
  )('%s', (name) => {
    expect(secretNamed(name)).toBeUndefined()
  })
})

const entry = (path: string, value: string, group = 0): Entry => ({
  keys: path.split('/'),
  value,
  at: 0,
  length: value.length,
  quoted: true,
  group,
})

const among = (...entries: Entry[]) =>
  [...secretsAmong(entries)].map(({ name, value, account, system, service }) =>
    [name, value, account ?? '-', system ?? '-', service ?? '-'].join(' '),
  )

describe('secrets among the values of a file', () => {
  test('an account and its secret are one value under a name that says so', () => {
    expect(
      among(entry('login', 'alice oak-leaf-7'), entry('auth', 'bob:rowan.19'), entry('method', 'a:birch-12')),
    ).toEqual(['login oak-leaf-7 alice - -', 'auth rowan.19 bob - -'])
  })

  test('belong to the account and the system that share their stem', () => {
    expect(
      among(
        entry('DB_HOST', 'db1'),
        entry('DB_PORT', '3306'),
        entry('DB_USER', 'app'),
        entry('DB_PASSWORD', 'oak-leaf-7'),
        entry('SMTP_USER', 'mailer'),
        entry('SMTP_PASSWORD', 'rowan.19'),
      ),
    ).toEqual(['DB_PASSWORD oak-leaf-7 app db1:3306 -', 'SMTP_PASSWORD rowan.19 mailer - smtp'])
  })

  test('belong to what stands in the same object, and to nothing of another', () => {
    expect(
      among(
        entry('a/user', 'ann', 1),
        entry('a/password', 'oak-leaf-7', 1),
        entry('b/user', 'bob', 2),
        entry('b/password', 'rowan.19', 2),
        entry('c/password', 'elm-3', 3),
      ),
    ).toEqual(['a.password oak-leaf-7 ann - -', 'b.password rowan.19 bob - -', 'c.password elm-3 - - -'])
  })

  test('are told by an address and what it is for', () => {
    expect(
      among(
        entry('spring.datasource.url', 'jdbc:postgresql://db:5432/x'),
        entry('spring.datasource.username', 'app'),
        entry('spring.datasource.password', 'oak-leaf-7'),
      ),
    ).toEqual(['spring.datasource.password oak-leaf-7 app jdbc:postgresql://db:5432/x postgresql'])
  })

  test('are named by the pair they are in', () => {
    expect(
      among(
        entry('env/0/name', 'DB_USER', 1),
        entry('env/0/value', 'app', 1),
        entry('env/1/name', 'DB_PASSWORD', 2),
        entry('env/1/value', 'oak-leaf-7', 2),
      ),
    ).toEqual(['env.1.DB_PASSWORD oak-leaf-7 app - -'])
  })

  test('are in URLs and connection strings, and the rest of these is not told', () => {
    expect(
      among(
        entry('broker', 'amqp://app:oak-leaf-7@mq:5672/vhost'),
        entry('Default', 'Server=db1;Database=x;User Id=sa;Password=rowan.19'),
        entry('dsn', 'app:elm-3@tcp(10.0.0.1:3306)/x'),
      ),
    ).toEqual(['broker oak-leaf-7 app mq:5672 amqp', 'Default rowan.19 sa db1 -', 'dsn elm-3 app 10.0.0.1:3306 -'])
  })
})

test('any name is read in bounded time, and any entries give sightings', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.string(), fc.string())), (pairs) => {
      const found = [...secretsAmong(pairs.map(([name, value], group) => entry(name, value, group % 3)))]
      expect(found.length).toBeLessThanOrEqual(pairs.length)
    }),
  )
})
