import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'airtable',
  title: 'Tokens of Airtable',
  service: 'airtable',
  secret: 'token',
  kinds: [
    {
      begins: ['pat'],
      pattern: /(?<![\w-])pat[A-Za-z0-9]{14}\.[a-f0-9]{64}(?![\w-])/y,
      examples: [['patCoRN', '3rvACJipQn.d301a233f4d05743bf2b672850882161db80a1e9ad8cdadc4ccd4078c763211c']],
      counterexamples: [
        ['patCo', 'RN3rvACJipQn.d301a233f4d05743bf2b672850882161db80a1e9ad8cdadc4ccd4078c7'],
        ['xpatCoR', 'N3rvACJipQn.d301a233f4d05743bf2b672850882161db80a1e9ad8cdadc4ccd4078c763211c'],
      ],
    },
  ],
})
