import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'perplexity',
  title: 'Keys of Perplexity',
  service: 'perplexity',
  secret: 'token',
  kinds: [
    {
      begins: ['pplx-'],
      pattern: /(?<![\w-])pplx-[A-Za-z0-9]{48}(?![\w-])/y,
      examples: [['pplx-YaMA', '9UbmZHXk8aXbsEHd5YmRaNfUYRdCTtBX4KRwJFNTk63J']],
      counterexamples: [
        ['pplx-Ya', 'MA9UbmZHXk8aXbsEHd5YmRaNfUYRdCTtBX4KRwJF'],
        ['xpplx-YaM', 'A9UbmZHXk8aXbsEHd5YmRaNfUYRdCTtBX4KRwJFNTk63J'],
      ],
    },
  ],
})
