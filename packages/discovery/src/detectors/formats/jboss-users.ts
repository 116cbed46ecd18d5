import { credentialFormat } from '../detector.ts'
import { sighting } from '../readers/sighting.ts'
import { entriesOf } from '../syntaxes/entries-of.ts'
import { properties } from '../syntaxes/properties.ts'

export default credentialFormat({
  id: 'jboss-users',
  title: 'Accounts of JBoss, WildFly, ActiveMQ and Karaf in properties: `account=password`',
  files: [
    'mgmt-users.properties',
    'application-users.properties',
    '*-users.properties',
    'users.properties',
    'artemis-users.properties',
    'jmx.password',
    'jmxremote.password',
  ],
  whole: true,

  *read(file) {
    for (const { keys, value, at, length, commented } of entriesOf(file, properties)) {
      const account = keys.join('.')
      if (!/^[\w.@$+-]{1,128}$/.test(account) || /^_g_$|^\$/.test(account) || value === '') continue
      // Samples show how an account is written.
      if (commented === true && !/^[0-9a-f]{32}$/.test(value) && !/users\.properties$|password$/.test(file.path))
        continue
      const password = file.path.endsWith('users.properties') ? value.split(',', 1)[0]! : value
      const group = password.startsWith('_g_') || account.startsWith('_g_')
      if (group || password === '') continue
      const digest = /^[0-9a-f]{32}$/.test(password)
      yield sighting({
        at,
        length: Math.min(length, password.length),
        value: password,
        secret: 'password',
        account,
        commented,
        ...(digest ? { valueClass: 'hash' as const, scheme: 'digest-md5' } : {}),
      })
    }
  },

  examples: [
    {
      title: 'a hash of account, realm and password',
      path: '/opt/wildfly/standalone/configuration/mgmt-users.properties',
      text: '#$REALM_NAME=ManagementRealm$ This line is used by the add-user utility\nadmin=2a0923285184943425d1f53ddd58ec7a\n',
      finds: [{ line: 2, is: 'hash', account: 'admin' }],
    },
    {
      title: 'passwords with the groups of their accounts behind them',
      path: '/opt/karaf/etc/users.properties',
      text: 'karaf = oak-leaf-7,_g_:admingroup\n_g_\\:admingroup = group,admin,manager\n',
      finds: [{ line: 1, account: 'karaf' }],
    },
    { title: 'nobody', path: '/opt/wildfly/application-users.properties', text: '# none yet\n', finds: [] },
  ],
})
