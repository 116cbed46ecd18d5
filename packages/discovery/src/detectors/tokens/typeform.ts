import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'typeform',
  title: 'Tokens of Typeform',
  service: 'typeform',
  secret: 'token',
  kinds: [
    {
      begins: ['tfp_'],
      pattern: /(?<![\w-])tfp_[\w-]{40,80}(?![\w.-])/y,
      examples: [['tfp_49DM', 'qUeSwJS3V7YBWaGLeLssgzq6zzzWT4RAckBX']],
      counterexamples: [
        ['tfp_49', 'DMqUeSwJS3V7YBWaGLeLssgzq6zzzWT4'],
        ['xtfp_49D', 'MqUeSwJS3V7YBWaGLeLssgzq6zzzWT4RAckBX'],
      ],
    },
  ],
})
