import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'plaid',
  title: 'Tokens of Plaid',
  service: 'plaid',
  secret: 'token',
  kinds: [
    {
      begins: ['access-sandbox-', 'access-development-', 'access-production-'],
      pattern:
        /(?<![\w-])(?:access-sandbox-|access-development-|access-production-)[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}(?![\w-])/y,
      examples: [['access-sandbox-8969', '1052-be1c-eb37-4dab-4683f84d30d3']],
      counterexamples: [
        ['access-sandbox-89', '691052-be1c-eb37-4dab-4683f8'],
        ['xaccess-sandbox-896', '91052-be1c-eb37-4dab-4683f84d30d3'],
      ],
    },
  ],
})
