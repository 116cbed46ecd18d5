import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'tavily',
  title: 'Keys of Tavily',
  service: 'tavily',
  secret: 'token',
  kinds: [
    {
      begins: ['tvly-dev-', 'tvly-prod-'],
      pattern: /(?<![\w-])(?:tvly-dev-|tvly-prod-)[A-Za-z0-9]{32}(?![\w-])/y,
      examples: [['tvly-dev-Urqx', 'svSsRFJyBB2b6KUZMrj7uLG3x6Vy']],
      counterexamples: [
        ['tvly-dev-Ur', 'qxsvSsRFJyBB2b6KUZMrj7uL'],
        ['xtvly-dev-Urq', 'xsvSsRFJyBB2b6KUZMrj7uLG3x6Vy'],
      ],
    },
  ],
})
