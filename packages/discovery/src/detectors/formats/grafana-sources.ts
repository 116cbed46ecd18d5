import { credentialFormat } from '../detector.ts'
import { secretFields } from '../readers/secret-fields.ts'
import { entriesOf } from '../syntaxes/entries-of.ts'
import { yaml } from '../syntaxes/yaml.ts'

export default credentialFormat({
  id: 'grafana-sources',
  title:
    'What Grafana is provisioned with: sources of data and contact points, with all that it keeps enciphered later',
  files: [
    'provisioning/datasources/*.yaml',
    'provisioning/datasources/*.yml',
    'provisioning/notifiers/*.yaml',
    'provisioning/notifiers/*.yml',
    'provisioning/plugins/*.yaml',
    'provisioning/plugins/*.yml',
    'grafana/datasources/*.yaml',
    'grafana/datasources/*.yml',
    'datasources.yaml',
    'datasources.yml',
    'datasource.yaml',
    'datasource.yml',
  ],

  read: (file) =>
    secretFields(entriesOf(file, yaml), [
      {
        key: /(?:^|\/)secure(?:jsondata|settings)\/(?!tlscacert|tlsclientcert|servername)[^/]+$/,
        value: /./,
        account: ['user', 'basicauthuser', 'clientid', 'name'],
        system: ['url'],
        service: (_, beside) => beside('type'),
      },
      {
        key: /^datasources\/\d+\/(?:password|basicauthpassword)$/,
        value: /./,
        account: ['user', 'basicauthuser', 'name'],
        system: ['url'],
        service: (_, beside) => beside('type'),
      },
    ]),

  examples: [
    {
      title: 'passwords and headers of sources',
      path: '/etc/grafana/provisioning/datasources/all.yaml',
      text: `apiVersion: 1
datasources:
  - name: Metrics
    type: influxdb
    url: http://influx:8086
    user: reader
    secureJsonData:
      password: oak-leaf-7
      httpHeaderValue1: "Token rowan-19birch"
  - name: Shop
    type: postgres
    url: pg1:5432
    user: shop
    secureJsonData: { password: $SHOP_PASSWORD }
`,
      finds: [
        { line: 8, account: 'reader', system: 'http://influx:8086', service: 'influxdb' },
        { line: 9, account: 'reader', system: 'http://influx:8086' },
        { line: 14, account: 'shop', system: 'pg1:5432', is: 'reference', reference: '$SHOP_PASSWORD' },
      ],
    },
    {
      title: 'a source that asks for nothing',
      path: '/etc/grafana/provisioning/datasources/p.yaml',
      text: 'datasources:\n  - name: P\n    type: prometheus\n    url: http://p:9090\n    secureJsonData:\n      tlsCACert: x\n',
      finds: [],
    },
  ],
})
