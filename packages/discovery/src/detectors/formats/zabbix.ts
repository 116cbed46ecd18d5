import { settingsFormat } from '../dialects/settings-format.ts'
import { beside, joined, firstOf } from '../dialects/secret-rules.ts'

export default settingsFormat({
  id: 'zabbix',
  title: 'Zabbix servers, proxies and agents: the database, keys that are shared with agents',
  files: ['zabbix*.conf', 'zabbix/*.conf', 'zabbix/*/*.conf', 'zabbix_agent*/*.conf'],
  lines: {},
  secrets: [
    {
      names: ['dbpassword'],
      account: beside('dbuser'),
      system: firstOf(joined('/', beside('dbhost'), beside('dbname')), beside('dbname')),
      service: 'sql',
    },
    { names: ['vaulttoken'], secret: 'token', system: beside('vaulturl'), service: 'vault' },
    {
      names: [/^tls(?:psk|listenerpsk)file$/],
      secret: 'shared-secret',
      account: beside('tlspskidentity'),
      valueClass: 'reference',
      service: 'zabbix',
    },
    { names: [/^plugins\.[\w.]{1,80}\.password$/], service: 'zabbix' },
  ],
  examples: [
    {
      title: 'the database of a server',
      path: '/etc/zabbix/zabbix_server.conf',
      text: '### Option: DBPassword\n# DBHost=localhost\nDBHost=db.example.org\nDBName=zabbix\nDBUser=monitor\n# DBPassword=\nDBPassword=oak leaf=7\n',
      finds: [{ line: 7, account: 'monitor', system: 'db.example.org/zabbix' }],
    },
    {
      title: 'where an agent takes its key from',
      path: 'etc/zabbix/zabbix_agentd.conf',
      text: 'TLSConnect=psk\nTLSPSKIdentity=agent 1\nTLSPSKFile=/etc/zabbix/agent.psk\n',
      finds: [{ line: 3, is: 'reference', account: 'agent 1', reference: '/etc/zabbix/agent.psk' }],
    },
    {
      title: 'as it is shipped',
      path: 'zabbix_agentd.conf',
      text: '# TLSPSKFile=\n#\tFull pathname of a file containing the pre-shared key.\nServer=127.0.0.1\n',
      finds: [],
    },
  ],
})
