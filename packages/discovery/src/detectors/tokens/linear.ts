import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'linear',
  title: 'Keys of Linear',
  service: 'linear',
  secret: 'token',
  kinds: [
    {
      begins: ['lin_api_', 'lin_oauth_', 'lin_wh_'],
      pattern: /(?<![\w-])(?:lin_api_|lin_oauth_|lin_wh_)[A-Za-z0-9]{40,64}(?![\w-])/y,
      examples: [['lin_api_TJSA', 'mgGs42ZKrQbzFBqJHDkiPm2MSpZyKM8y72Lj']],
      counterexamples: [
        ['lin_api_TJ', 'SAmgGs42ZKrQbzFBqJHDkiPm2MSpZyKM'],
        ['xlin_api_TJS', 'AmgGs42ZKrQbzFBqJHDkiPm2MSpZyKM8y72Lj'],
      ],
    },
  ],
})
