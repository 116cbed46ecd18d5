import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'telegram',
  title: 'Tokens of bots of Telegram, with the bot',
  service: 'telegram',
  secret: 'token',
  kinds: [
    {
      begins: [':AA'],
      before: /(?<!\d)\d{8,10}$/,
      pattern: /\d{8,10}:AA[\w-]{33}(?![\w-])/y,
      tells: (token) => ({ account: token.slice(0, token.indexOf(':')) }),
      examples: [['4839201756:AAoak-leaf_7-', 'RowanBirch12Alder5Elm3']],
      counterexamples: [
        ['1234:AAoak-leaf_7-', 'RowanBirch12Alder5Elm3'],
        ['4839201756:AA', 'oak-leaf'],
      ],
    },
  ],
})
