import { settingsFormat } from '../dialects/settings-format.ts'
import { beside } from '../dialects/secret-rules.ts'

export default settingsFormat({
  id: 'mosquitto',
  title: 'Mosquitto: bridges to other brokers, where accounts are kept, databases of plugins',
  files: ['mosquitto*.conf', 'mosquitto/*.conf', 'mosquitto/*/*.conf'],
  whole: true,
  lines: { between: ' ' },
  secrets: [
    {
      names: ['remote_password', 'password'],
      account: beside('remote_username', 'username'),
      system: beside('address', 'addresses', 'connection'),
      service: 'mqtt',
    },
    {
      names: ['bridge_psk'],
      secret: 'shared-secret',
      account: beside('bridge_identity'),
      system: beside('address', 'addresses', 'connection'),
      service: 'mqtt',
    },
    {
      names: ['password_file', 'psk_file'],
      valueClass: 'reference',
      service: 'mqtt',
      when: (_, { commented }) => !commented,
    },
    {
      names: [
        /^auth_opt_(?:pass|pg_password|mysql_pass(?:word)?|redis_pass(?:word)?|ldap_\w{0,20}pass(?:word)?|http_\w{0,20}pass(?:word)?|mongo_password|jwt_secret)$/,
      ],
      account: beside('auth_opt_user', 'auth_opt_pg_user', 'auth_opt_mysql_user'),
      system: beside('auth_opt_host', 'auth_opt_pg_host', 'auth_opt_mysql_host'),
    },
  ],
  examples: [
    {
      title: 'a bridge',
      path: '/etc/mosquitto/conf.d/bridge.conf',
      text: 'connection hub\naddress mqtt.example.org:8883\nremote_username alice\nremote_password oak-leaf-7\npassword_file /etc/mosquitto/passwd\n#bridge_psk 0123456789abcdef\n#remote_password\n',
      finds: [
        { line: 4, account: 'alice', system: 'mqtt.example.org:8883' },
        { line: 5, is: 'reference', reference: '/etc/mosquitto/passwd' },
        { line: 6, system: 'mqtt.example.org:8883', state: 'commented', secret: 'shared-secret' },
      ],
    },
    {
      title: 'as it is shipped',
      path: 'mosquitto.conf',
      text: 'allow_anonymous false\n# password_file\n#remote_password\n# The password to use when connecting\n',
      finds: [],
    },
  ],
})
