import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'heroku',
  title: 'Tokens of Heroku',
  service: 'heroku',
  secret: 'token',
  kinds: [
    {
      begins: ['HRKU-AA'],
      pattern: /(?<![\w-])HRKU-AA[\w-]{58}(?![\w-])/y,
      examples: [['HRKU-AA9hLt', '6QLwdibXcNYWFxZBXmfewBaXjqUiEH_3Q9GFSTC-2MTzJ5d7_u5SbK']],
      counterexamples: [
        ['HRKU-AA9h', 'Lt6QLwdibXcNYWFxZBXmfewBaXjqUiEH_3Q9GFSTC-2MTzJ5d7'],
        ['xHRKU-AA9hL', 't6QLwdibXcNYWFxZBXmfewBaXjqUiEH_3Q9GFSTC-2MTzJ5d7_u5SbK'],
      ],
    },
  ],
})
