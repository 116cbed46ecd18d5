import { credentialFormat } from '../detector.ts'
import { secretsAmong } from '../names/secrets-among.ts'
import { DOTENV } from '../syntaxes/assignments.ts'
import { entriesOf } from '../syntaxes/entries-of.ts'

export default credentialFormat({
  id: 'dotenv',
  title: 'Variables that programs are given: `.env` and its like',
  files: ['.env', '*.env', '.env.*', '*.envrc', '.flaskenv', '*.env.*', 'env.sh', 'environment', '.environment'],
  named: true,
  whole: true,

  read: (file) => secretsAmong(entriesOf(file, DOTENV)),

  examples: [
    {
      title: 'a secret, and among the others whose it is and where',
      path: '/srv/shop/.env',
      text: 'DB_HOST=db1\nDB_USERNAME=shop\nDB_PASSWORD="oak leaf 7" # of the shop\nexport APP_SECRET=rowan.19\n#API_TOKEN=birch-12x\n',
      finds: [
        { line: 3, name: 'DB_PASSWORD', account: 'shop', system: 'db1' },
        { line: 4, name: 'APP_SECRET' },
        { line: 5, name: 'API_TOKEN', state: 'commented' },
      ],
    },
    {
      title: 'a login in a URL, and the name of another variable',
      path: '/srv/shop/.env.production',
      text: 'DATABASE_URL=postgres://shop:oak-leaf-7@db1:5432/shop\nREDIS_PASSWORD=${MAIN_PASSWORD}\n',
      finds: [
        { line: 1, account: 'shop', system: 'db1:5432' },
        { line: 2, is: 'reference', reference: '${MAIN_PASSWORD}' },
      ],
    },
    {
      title: 'nothing secret',
      path: '/srv/shop/.env',
      text: 'DB_PASSWORD=\nPASSWORD_FILE=/run/x\nNODE_ENV=production\n',
      finds: [],
    },
  ],
})
