import { credentialFormat, type CredentialFile, type Entry, type Syntax } from '../detector.ts'
import { secretsAmong } from '../names/secrets-among.ts'
import { entriesOf } from '../syntaxes/entries-of.ts'
import { mayGive } from '../syntaxes/source-gives.ts'
import { PHP, PYTHON, RUBY, SCRIPT } from '../syntaxes/source.ts'

export default credentialFormat({
  id: 'source-settings',
  title:
    'Settings that are source code: PHP (WordPress, Drupal, Joomla, Magento, Nextcloud), Django, Ruby (GitLab, Chef), JavaScript',
  files: [
    '*.php',
    '*.inc',
    '*.phtml',
    '*.py',
    '*.rb',
    '*.rake',
    'gemfile',
    'vagrantfile',
    '*.js',
    '*.mjs',
    '*.cjs',
    '*.ts',
    '*.pp',
  ],
  begins: (head) => /^(?:#![^\n]{0,100}\n)?\s{0,64}<\?php\b/.test(head),
  named: true,
  gives: ({ text }, names) => mayGive(text, names) || MARKS.some((mark) => text.includes(mark)),

  *read(file) {
    const entries = entriesOf(file, languageOf(file)).filter(isSetting)
    const configures = CONFIGURES.test(file.path)
    for (const sighting of secretsAmong(entries, { means }))
      yield configures && sighting.quoted === true ? sighting : { ...sighting, bareIsCode: true }
  },

  examples: [
    {
      title: 'constants of WordPress: the database and the keys that sessions are signed with',
      path: '/srv/www/wp-config.php',
      text: `<?php
define( 'DB_USER', 'shop' );
define( 'DB_PASSWORD', 'oak-leaf-7' );
define( 'DB_HOST', 'db1' );
define( 'AUTH_KEY',  'k9#Wq!r]0Zt(1bE' );
// define( 'FTP_PASS', 'rowan-19' );
`,
      finds: [
        { line: 3, name: 'DB_PASSWORD', account: 'shop', system: 'db1' },
        { line: 5, name: 'AUTH_KEY', secret: 'symmetric-key', account: 'shop', system: 'db1' },
        { line: 6, name: 'FTP_PASS', state: 'commented' },
      ],
    },
    {
      title: 'arrays, as Drupal, Magento and Nextcloud write them',
      path: '/srv/www/settings.php',
      text: `<?php
$databases['default']['default'] = array (
  'username' => 'shop',
  'password' => 'oak-leaf-7',
  'host' => 'db1',
);
$config['x']['password'] = getenv('X_PASSWORD');
`,
      finds: [
        { line: 4, name: 'databases.default.default.password', account: 'shop', system: 'db1' },
        { line: 7, is: 'reference', reference: "getenv('X_PASSWORD')" },
      ],
    },
    {
      title: 'Django',
      path: '/srv/app/settings.py',
      text: `DATABASES = {
    'default': {
        'USER': 'shop',
        'PASSWORD': 'oak-leaf-7',
        'HOST': 'db1',
    }
}
SECRET_KEY = 'k9#Wq!r]0Zt(1bE'
`,
      finds: [
        { line: 4, account: 'shop', system: 'db1' },
        { line: 8, name: 'SECRET_KEY' },
      ],
    },
    {
      title: 'GitLab',
      path: '/etc/gitlab/gitlab.rb',
      text: `gitlab_rails['smtp_user_name'] = "mailer"\ngitlab_rails['smtp_password'] = "oak-leaf-7"\n# gitlab_rails['db_password'] = "rowan-19"\n`,
      finds: [
        { line: 2, account: 'mailer' },
        { line: 3, state: 'commented' },
      ],
    },
    {
      title: 'resources of Puppet, whose names say what their values are',
      path: '/etc/puppet/manifests/site.pp',
      text: "ldap_config {\n  'corp/user':     value => 'cn=admin';\n  'corp/password': value => 'oak-leaf-7';\n}\nuser { 'alice':\n  ensure   => present,\n  password => 'rowan-19',\n}\n",
      finds: [
        { line: 3, account: 'cn=admin' },
        { line: 7, name: 'alice.password' },
      ],
    },
    {
      title: 'words of samples in configuration are in force',
      path: '/etc/shop/config.php',
      text: `<?php\n$conf['db_password'] = 'test_password';\n$conf['password'] = 'password';\n`,
      finds: [{ line: 2 }, { line: 3 }],
    },
    {
      title: 'and in a program they are names',
      path: '/srv/shop/login.php',
      text: `<?php\n$fields['db_password'] = 'user_password';\n`,
      finds: [{ line: 2, is: 'placeholder' }],
    },
    {
      title: 'code that only deals with passwords',
      path: '/srv/www/login.php',
      text: `<?php
$password = $_POST['password'];
$token = $this->make($user);
return view('login', ['password' => 'required|min:8', 'label' => __('Password')]);
`,
      finds: [],
    },
  ],
})

/** What is only there to set something up, though it is a program: a word that names a secret is that secret. */
const CONFIGURES =
  /(?:^|\/)(?:etc|conf|conf\.d|manifests)\/|\.pp$|(?:^|[/._-])(?:local_?)?(?:config|conf|settings|configuration|localsettings|parameters|options|defaults?)(?:[._-][\w.-]{0,40})?$/i

const languageOf = ({ path, text }: CredentialFile): Syntax => {
  const ending = /\.(\w{1,6})$/.exec(path.toLowerCase())?.[1]
  if (ending === 'py') return PYTHON
  if (ending === 'js' || ending === 'mjs' || ending === 'cjs' || ending === 'ts') return SCRIPT
  if (ending === 'php' || ending === 'inc' || ending === 'phtml' || text.startsWith('<?php')) return PHP
  return RUBY
}

/** A string, or a call that says where the value comes from: other code gives nothing. */
const isSetting = ({ quoted, value }: Entry) => quoted || CALL.test(value)

const CALL = /^[\w.:\\]{0,40}(?:env|ENV|getenv|environ|fetch|secret|vault|config|lookup)[\w.]{0,20}[([]/i

/** Salts and keys of WordPress are called so; everything else is told by its words. */
const means = (keys: readonly string[]) => (WORDPRESS.test(keys.at(-1) ?? '') ? 'symmetric-key' : undefined)

const WORDPRESS = /^(?:SECURE_AUTH|AUTH|LOGGED_IN|NONCE)_(?:KEY|SALT)$/

/** What one of these names has in it. */
const MARKS = ['AUTH_KEY', 'AUTH_SALT', 'LOGGED_IN_', 'NONCE_']
