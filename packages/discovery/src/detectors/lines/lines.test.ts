import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { credentialFile } from '../credential-file.ts'
import { detect } from '../detect.ts'
import { lineReader } from './read-lines.ts'

const C = 'oak-leaf-7'

const found = (path: string, text: string) =>
  detect(path, new TextEncoder().encode(text), { keyedDigest: (value) => value }).found.filter(({ value }) =>
    ['literal', 'hash', 'key'].includes(value),
  )

const told = (path: string, text: string) =>
  found(path, text).map(({ digest, account, system, state }) =>
    [digest, account ?? '-', system ?? '-', ...(state === 'commented' ? ['commented'] : [])].join(' '),
  )

describe('a secret is read in', () => {
  test.each([
    ['an assignment', 'x.foo', `db_password = ${C}`, `${C} - -`],
    ['an assignment with a comment behind', 'x.foo', `db_password = ${C} # of the shop`, `${C} - -`],
    ['a pair with a colon', 'x.foo', `db_password: ${C}`, `${C} - -`],
    ['a line of shell', 'x.sh', `export DB_PASSWORD='${C}'`, `${C} - -`],
    ['a directive', 'x.foo', `  auth_pass ${C}`, `${C} - -`],
    ['a directive that ends with a semicolon', 'x.foo', `shared-secret "${C}";`, `${C} - -`],
    ['a directive behind others', 'x.foo', `neighbor 192.0.2.7 password ${C}`, `${C} - -`],
    ['a directive of letters that shells know', 'x.foo', 'shared-secret oak&leaf^7; # of the shop', 'oak&leaf^7 - -'],
    ['a variable of a web server', 'x.foo', `PerlSetVar SHOP_PASSWORD ${C}`, `${C} - -`],
    ['a variable of Perl', 'x.pl', `$ENV{SHOP_PASSWORD} = '${C}';`, `${C} - -`],
    ['a function of Puppet that hashes', 'x.pp', `password_hash => mysql_password('${C}'),`, `${C} - -`],
    ['one that takes the account too', 'x.pp', `password => postgresql_password('shop', '${C}'),`, `${C} - -`],
    [
      'a call in configuration that is code',
      'x.cfg',
      `c['workers'] = [worker.Worker("alice", "${C}")]`,
      `${C} alice -`,
    ],
    ['a table of cron', '/etc/cron.d/x', `* * * * * root SHOP_PASSWORD=${C} /bin/x`, `${C} - -`],
    ['a table of cron, every some minutes', '/etc/cron.d/x', `*/5 * * * * root /bin/x --token ${C}`, `${C} - -`],
    [
      'options that are joined',
      'x.sh',
      `curl -su shop:${C} https://api.example.org/`,
      `${C} shop https://api.example.org/`,
    ],
    ['a protected string', 'x.ps1', `$p = ConvertTo-SecureString "${C}" -AsPlainText -Force`, `${C} - -`],
    ['a protected string, told before', 'x.ps1', `ConvertTo-SecureString -AsPlainText '${C}'`, `${C} - -`],
    ['a community', 'x.toml', `[[inputs.snmp]]\ncommunity = "${C}"`, `${C} - -`],
    ['a PIN', 'x.ini', '[modem]\npin = 4711\n', '4711 - -'],
    ['an attribute', 'x.foo', `<login user="x" password="${C}">`, `${C} x -`],
    ['an element', 'x.foo', `<password>${C}</password>`, `${C} - -`],
    ['a pair of name and value', 'x.foo', `<property name="db.password" value="${C}"/>`, `${C} - -`],
    ['a pair of name and value on two lines', 'x.foo', `- name: DB_PASSWORD\n  value: ${C}\n`, `${C} - -`],
    ['source code', 'x.py', `PASSWORD = "${C}"`, `${C} - -`],
    ['a call that defines', 'x.php', `define('DB_PASSWORD', '${C}');`, `${C} - -`],
    ['a call that sets', 'x.java', `client.setPassword("${C}");`, `${C} - -`],
    ['a call that logs in', 'x.py', `server.login("alice", "${C}")`, `${C} alice -`],
    ['a call that connects', 'x.php', `mysqli_connect("db1", "shop", "${C}")`, `${C} shop db1`],
    ['an index', 'x.php', `$cfg['Servers'][1]['controlpass'] = '${C}';`, `${C} - -`],
    ['a URL', 'x.foo', `see amqp://shop:${C}@mq1:5672/x`, `${C} shop mq1:5672`],
    ['a connection string', 'x.foo', `c="Server=db1;User Id=shop;Password=${C};"`, `${C} shop db1`],
    ['settings of libpq', 'x.foo', `conninfo = host=db1 user=shop password=${C}`, `${C} shop db1`],
    ['a DSN of Go', 'x.foo', `dsn = "shop:${C}@tcp(db1:3306)/x"`, `${C} shop db1:3306`],
    ['a statement of MySQL', 'x.sql', `CREATE USER 'shop'@'db1' IDENTIFIED BY '${C}';`, `${C} shop db1`],
    ['a statement of PostgreSQL', 'x.sql', `CREATE ROLE shop WITH LOGIN PASSWORD '${C}';`, `${C} shop -`],
    ['an argument of mysql', 'x.sh', `mysql -h db1 -u shop -p${C} x`, `${C} shop db1`],
    [
      'an argument of curl',
      'x.sh',
      `curl -s -u shop:${C} https://api.example.org/`,
      `${C} shop https://api.example.org/`,
    ],
    ['an argument of sshpass', 'x.sh', `sshpass -p '${C}' ssh root@host1 id`, `${C} - host1`],
    ['an option', 'x.sh', `tool --password ${C} --verbose`, `${C} - -`],
    ['a pipe into chpasswd', 'x.sh', `echo "shop:${C}" | chpasswd`, `${C} shop -`],
    ['a pipe into sudo', 'x.sh', `echo ${C} | sudo -S apt update`, `${C} - -`],
    ['a desktop far away', 'x.sh', `xfreerdp /v:win1 /u:shop /p:${C}`, `${C} - -`],
    ['what a command is given to read', 'x.sh', `kinit shop <<< ${C}`, `${C} - -`],
    ['a login to Vault', 'x.sh', `vault login ${C}`, `${C} - -`],
    ['a passphrase for OpenSSL', 'x.sh', `openssl rsa -in k -passin pass:${C} -out o`, `${C} - -`],
    ['one that is both in and out', 'x.sh', `openssl enc -pass pass:${C} -in k`, `${C} - -`],
    ['a header among arguments', 'x.sh', `curl -H "X-Api-Key: ${C}" https://api.example.org/`, `${C} - -`],
    ['a note', 'x.txt', `password: ${C}Xy`, `${C}Xy - -`],
    ['a header', 'x.foo', `Authorization: Bearer ${C}.q3LxV9pTz`, `${C}.q3LxV9pTz - -`],
    ['a header of basic authentication', 'x.foo', `Authorization: Basic ${btoa(`shop:${C}`)}`, `${C} shop -`],
    ['a comment', 'x.foo', `# db_password = ${C}`, `${C} - - commented`],
    ['a comment of several lines', 'x.java', `/*\n  String password = "${C}";\n*/`, `${C} - - commented`],
    ['a text that explains', 'x.py', `"""\nlogin(password='${C}')\n"""`, `${C} - - commented`],
    ['documentation of Perl', 'x.pm', `=head1 USE\n\n  login(password => '${C}');\n\n=cut`, `${C} - - commented`],
    ['settings between three quotes', 'x.py', `CONF = """\npassword = '${C}'\n"""`, `${C} - -`],
    ['what follows a text', 'x.py', `T = """\nx\n"""\npassword = "${C}"\n`, `${C} - -`],
  ])('%s', (_, path, text, expected) => {
    expect(told(path, `${text}\n`)).toEqual([expected])
  })
})

describe('no secret is seen in', () => {
  test.each([
    ['a keyword of a list of words', 'x.foo', 'token\trouser'],
    ['the result of a test', 'x.js', 'const words = { pass: "Heading order valid", fail: "No heading" }'],
    ['a token of a language', 'x.js', 'lastSignificantToken = "?Interpolation"'],
    ['a list of assignments', 'x.sh', 'for name in passphrase= password= version=; do :; done'],
    ['a service of Kerberos', 'x.foo', 'kpasswd\t\t464/tcp'],
    ['a sentence', 'x.foo', '# the password is asked for when the server starts'],
    ['a rule of PAM', 'x.foo', 'password required pam_unix.so'],
    ['a variable', 'x.sh', 'mysql -u root -p"$PASSWORD"'],
    ['source code', 'x.py', 'password = getpass.getpass("Password: ")'],
    ['a parameter', 'x.py', 'def login(user, password=None):'],
    ['the text of an interface', '/srv/shop/locale/de.properties', 'login.password=Passwort123'],
    ['a proxy', 'x.foo', 'proxy_pass http://backend;'],
    ['usage', 'README.md', 'tool --password PASSWORD'],
    ['a policy', 'x.yaml', '"os_compute_api:os-server-password:show": "rule:admin_or_owner"'],
    ['a URL without a login', 'x.foo', 'url = https://user@example.org/x'],
    ['a comparison', 'x.sh', 'if [ "$password" = "" ]; then'],
    ['a path', 'x.foo', 'password_file = /etc/shop/secret'],
    ['a pipe of a variable', 'x.sh', 'echo "$user:$password" | chpasswd'],
    ['what is done to a secret', 'x.py', "digest = md4(password.encode('utf-16-le'))"],
    ['something of a token', 'x.py', 'token.markup = "autolink"'],
    ['arguments of a call', 'x.py', 'login(username=username, password=password, host=host)'],
    ['a pattern', 'x.pl', "if ($dsn =~ /password=/) { die 'x' }"],
    ['the end of a string', 'x.py', "if text.endswith('password:') or 'passphrase' in text:"],
    ['what is added', 'x.py', 'lm_pw += b"\\x00" * padding'],
    ['a colour', 'x.py', 'Token: "#f8f8f2"'],
    ['options of a command', 'x.py', "parser.add_argument('--token', '--api-key')"],
    ['an anchor of a page', 'x.html', '<h4 id="ftp-pass">ftp-pass</h4>'],
    ['what a URL may have', 'x.foo', 'use scheme://[user:passwd@]proxy.example.org:port'],
    ['a list of words', 'x.sh', "Passwd_Hashes='crypt3|md5|sha512'"],
    ['a checksum', 'x.log', "content changed to '{md5}8f9039fe1989a278a0a8e1836acb8d23'"],
    ['a protected string that is read', 'x.ps1', '$p = ConvertTo-SecureString $plain -AsPlainText -Force'],
    ['communities of routes', 'x.foo', 'community = 65000:100'],
    ['an empty value', 'x.foo', 'password =\nnext = value'],
  ])('%s', (_, path, text) => {
    expect(told(path, `${text}\n`)).toEqual([])
  })
})

test('lines around a secret tell whom it opens, as long as no section ends', () => {
  const text = `[a]\nuser = ann\nhost = db1\npassword = ${C}\n[b]\nuser = bob\n`
  expect(told('x.foo', text)).toEqual([`${C} ann db1`])
})

test('no field of what is told holds the secret, wherever it stood', () => {
  const places = (canary: string) => [
    `password = ${canary}`,
    `# password = ${canary}`,
    `mysql -u root -p${canary}`,
    `mysql://root:${canary}@db1/x`,
    `Server=db1;User Id=sa;Password=${canary};`,
    `curl -u me:${canary} https://example.org/?token=${canary}`,
    `${canary}: secret\npassword: ${canary}`,
    `CREATE USER 'x' IDENTIFIED BY '${canary}'`,
    `<property name="password" value="${canary}"/>`,
    `username=${canary}x\npassword=${canary}`,
    `url=https://me:${canary}@example.org/\npassword=${canary}`,
    `TOKEN=\${TOKEN:-${canary}}`,
    `passwordeval = echo ${canary}`,
    `user:${canary}@tcp(db1)/x`,
    `login("${canary}x", "${canary}")`,
  ]
  fc.assert(
    fc.property(
      fc.stringMatching(/^[a-zA-Z][a-zA-Z0-9]{11,23}[0-9]$/),
      fc.constantFrom('x.foo', 'x.sh', 'x.py', 'x.yaml', '.env'),
      (canary, path) => {
        for (const place of places(canary)) {
          const told = detect(path, new TextEncoder().encode(`${place}\n`), { keyedDigest: () => 'd' }).found
          const leaked = told.filter(({ account: _, ...one }) => JSON.stringify(one).includes(canary))
          expect(leaked).toEqual([])
        }
      },
    ),
    { numRuns: 60 },
  )
})

test('any bytes are read to their end', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          fc.uint8Array({ maxLength: 30 }),
          fc
            .constantFrom(
              'password',
              '=',
              ':',
              '"',
              "'",
              ' ',
              '\n',
              '${',
              '://',
              '@',
              'mysql -p',
              '<',
              '>',
              '-----BEGIN ',
              '/*',
              '$6$',
            )
            .map((text) => new TextEncoder().encode(text)),
        ),
        { maxLength: 60 },
      ),
      fc.constantFrom('x.foo', 'x.sh', 'x.py', 'x.yaml', 'x.xml', 'x.sql', 'x.json', 'x.md'),
      (parts, path) => {
        const bytes = Uint8Array.from(parts.flatMap((part) => [...part]))
        const { found: all } = detect(path, bytes, { keyedDigest: () => 'd' })
        for (const { at, span } of all) expect(at + span).toBeLessThanOrEqual(bytes.length)
      },
    ),
  )
})

test.each(['password', 'password=', "'password': ", 'password\n', 'a://b:c@', 'mysql -p', 'secret ', '$6$'])(
  'hardly a character is read twice, however often %j stands in a line',
  (unit) => {
    for (const times of [2_000, 20_000]) {
      const text = unit.repeat(times)
      const reader = lineReader(credentialFile('x.foo', new TextEncoder().encode(text)))
      for (let at = 0; at < text.length; at += unit.length) reader.found('name', at, at + 2)
      reader.sightings()
      // A word across the end of a stretch is read with the next.
      expect(reader.cut()).toBeLessThanOrEqual(text.length * 1.01)
    }
  },
)

test('a word that names a secret is no secret in a program, but is one in settings', () => {
  expect(found('x.py', 'EXAMPLES = r"password: "\nopen(password="user_password")\n')).toEqual([])
  expect(told('x.foo', 'password = user_password\n')).toEqual(['user_password - -'])
})
