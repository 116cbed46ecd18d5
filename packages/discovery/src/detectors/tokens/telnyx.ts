import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'telnyx',
  title: 'Keys of Telnyx',
  service: 'telnyx',
  secret: 'token',
  kinds: [
    {
      begins: ['KEY0'],
      pattern: /(?<![\w-])KEY0[A-Fa-f0-9]{27,33}_[A-Za-z0-9]{22}(?![\w-])/y,
      examples: [['KEY0500f', '17f4b4ca1b570e2e619e469_yWoNEbBuLAZgQEgZi7yhuP']],
      counterexamples: [
        ['KEY050', '0f17f4b4ca1b570e2e619e469_yWoNEbBuLAZgQEgZ'],
        ['xKEY0500', 'f17f4b4ca1b570e2e619e469_yWoNEbBuLAZgQEgZi7yhuP'],
      ],
    },
  ],
})
