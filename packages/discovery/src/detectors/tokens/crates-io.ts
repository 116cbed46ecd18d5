import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'crates-io',
  title: 'Tokens of crates.io',
  service: 'crates.io',
  secret: 'token',
  kinds: [
    {
      begins: ['cio'],
      pattern: /(?<![\w-])cio[A-Za-z0-9]{32}(?![\w-])/y,
      examples: [['cionYVG', 'jYkQcoVoJPZq6gLJA4RwKeGErK8t']],
      counterexamples: [
        ['cionY', 'VGjYkQcoVoJPZq6gLJA4RwKe'],
        ['xcionYV', 'GjYkQcoVoJPZq6gLJA4RwKeGErK8t'],
      ],
    },
  ],
})
