import { credentialFormat } from '../detector.ts'
import { secretFields, type SecretField } from '../readers/secret-fields.ts'
import { entriesOf } from '../syntaxes/entries-of.ts'
import { json } from '../syntaxes/json.ts'

export default credentialFormat({
  id: 'google-credentials',
  title: 'Credentials of Google Cloud, whatever their file is called: service accounts, people who logged in, clients',
  files: ['*.json'],
  unless: (head) =>
    !/"type":\s{0,8}"(?:service_account|authorized_user|external_account_authorized_user)"|"(?:installed|web)":\s{0,8}\{\s{0,8}"client_id"/.test(
      head,
    ),

  read: (file) => secretFields(entriesOf(file, json), FIELDS),

  examples: [
    {
      title: 'a service account of Google Cloud, whatever the file is called',
      path: '/opt/app/key.json',
      text: '{\n "type": "service_account",\n "project_id": "shop",\n "private_key_id": "0a1b",\n "private_key": "-----BEGIN PRIVATE KEY-----\\nMC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f\\n-----END PRIVATE KEY-----\\n",\n "client_email": "app@shop.iam.gserviceaccount.com",\n "token_uri": "https://oauth2.googleapis.com/token"\n}\n',
      finds: [
        {
          line: 5,
          is: 'key',
          secret: 'private-key',
          account: 'app@shop.iam.gserviceaccount.com',
          system: 'shop',
          service: 'gcp',
        },
      ],
    },
    {
      title: 'what a person who logged in keeps',
      path: '/root/.config/gcloud/application_default_credentials.json',
      text: '{\n "client_id": "764.apps.googleusercontent.com",\n "client_secret": "d-oak-leaf-7",\n "refresh_token": "rowan-19-birch",\n "type": "authorized_user"\n}\n',
      finds: [
        { line: 3, name: 'client_secret', account: '764.apps.googleusercontent.com', service: 'gcp' },
        { line: 4, name: 'refresh_token', secret: 'token', account: '764.apps.googleusercontent.com' },
      ],
    },
    {
      title: 'the credentials of a workload are made elsewhere',
      path: '/root/.config/gcloud/application_default_credentials.json',
      text: '{"type": "external_account", "audience": "//iam.googleapis.com/x", "subject_token_type": "urn:x"}',
      finds: [],
    },
  ],
})

const FIELDS: readonly SecretField[] = [
  {
    key: /(?:^|\/)private_key$/,
    value: /-----BEGIN/,
    secret: 'private-key',
    account: ['client_email', 'client_id'],
    system: ['project_id'],
    service: 'gcp',
  },
  {
    key: /^(?:installed|web)\/client_secret$/,
    secret: 'token',
    account: ['client_id'],
    system: ['project_id'],
    service: 'gcp',
  },
  {
    key: /^client_secret$/,
    secret: 'token',
    account: ['client_id'],
    service: 'gcp',
  },
  { key: /^refresh_token$/, secret: 'token', account: ['account', 'client_id'], service: 'gcp' },
]
