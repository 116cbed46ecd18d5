import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'databricks',
  title: 'Tokens of Databricks',
  service: 'databricks',
  secret: 'token',
  kinds: [
    {
      begins: ['dapi'],
      pattern: /(?<![\w-])dapi[a-f0-9]{32}(?:-\d)?(?![\w-])/y,
      examples: [['dapie111', '3d4db2b5b52a0f94833734f83ae7']],
      counterexamples: [
        ['dapie1', '113d4db2b5b52a0f94833734'],
        ['xdapie11', '13d4db2b5b52a0f94833734f83ae7'],
      ],
    },
  ],
})
