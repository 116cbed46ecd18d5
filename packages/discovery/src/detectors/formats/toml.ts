import { credentialFormat } from '../detector.ts'
import { secretsAmong } from '../names/secrets-among.ts'
import { embeddedIn } from '../syntaxes/embedded.ts'
import { entriesOf } from '../syntaxes/entries-of.ts'
import { toml } from '../syntaxes/toml.ts'

export default credentialFormat({
  id: 'toml',
  title: 'Settings in TOML, told by their names',
  files: ['*.toml', 'etc/telegraf/*.conf', 'etc/telegraf/telegraf.d/*.conf', 'etc/influxdb/*.conf'],
  named: true,
  whole: true,

  read: (file) => secretsAmong(entriesOf(file, toml)),
  holds: (file) => embeddedIn(file, entriesOf(file, toml)),

  examples: [
    {
      title: 'a secret in a table, and one in a comment',
      path: '/etc/shop/config.toml',
      text: '[db]\nhost = "db1"\nuser = "shop"\npassword = "oak-leaf-7"\n[api]\n# token = "birch-12x"\n',
      finds: [
        { line: 4, name: 'db.password', account: 'shop', system: 'db1' },
        { line: 6, name: 'api.token', state: 'commented' },
      ],
    },
    {
      title: 'outputs of telegraf, each with its server',
      path: '/etc/telegraf/telegraf.conf',
      text: '[[outputs.influxdb]]\n  urls = ["http://influx1:8086"]\n  username = "telegraf"\n  password = "oak-leaf-7"\n',
      finds: [{ line: 4, account: 'telegraf', system: 'http://influx1:8086' }],
    },
    {
      title: 'nothing secret',
      path: '/opt/x/Cargo.toml',
      text: '[package]\nname = "token"\nkeywords = ["password"]\n',
      finds: [],
    },
  ],
})
