import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'replicate',
  title: 'Tokens of Replicate',
  service: 'replicate',
  secret: 'token',
  kinds: [
    {
      begins: ['r8_'],
      pattern: /(?<![\w-])r8_[\w-]{37}(?![\w-])/y,
      examples: [['r8_Lo7M', 'WA-85fVcpS9hERuauwoQcVb9whB38RFML']],
      counterexamples: [
        ['r8_Lo', '7MWA-85fVcpS9hERuauwoQcVb9whB'],
        ['xr8_Lo7', 'MWA-85fVcpS9hERuauwoQcVb9whB38RFML'],
      ],
    },
  ],
})
