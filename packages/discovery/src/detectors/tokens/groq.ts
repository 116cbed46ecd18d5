import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'groq',
  title: 'Keys of Groq',
  service: 'groq',
  secret: 'token',
  kinds: [
    {
      begins: ['gsk_'],
      pattern: /(?<![\w-])gsk_[A-Za-z0-9]{52}(?![\w-])/y,
      examples: [['gsk_BGEL', 'jh5fqd44DsAu2oWKwRYTLCTrG7oEYNeqaBDQ9bozCeDqRRQC']],
      counterexamples: [
        ['gsk_BG', 'ELjh5fqd44DsAu2oWKwRYTLCTrG7oEYNeqaBDQ9bozCe'],
        ['xgsk_BGE', 'Ljh5fqd44DsAu2oWKwRYTLCTrG7oEYNeqaBDQ9bozCeDqRRQC'],
      ],
    },
  ],
})
