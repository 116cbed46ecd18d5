import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'notion',
  title: 'Tokens of Notion',
  service: 'notion',
  secret: 'token',
  kinds: [
    {
      begins: ['ntn_'],
      pattern: /(?<![\w-])ntn_\d{11}[A-Za-z0-9]{35}(?![\w-])/y,
      examples: [['ntn_1648', '84678463BGtxAE4sbu8YDQnacatr8QBSBSwdRQYPWz']],
      counterexamples: [
        ['ntn_16', '4884678463BGtxAE4sbu8YDQnacatr8QBSBSwd'],
        ['xntn_164', '884678463BGtxAE4sbu8YDQnacatr8QBSBSwdRQYPWz'],
      ],
    },
    {
      begins: ['secret_'],
      pattern: /(?<![\w-])secret_[A-Za-z0-9]{43}(?![\w-])/y,
      examples: [['secret_dsTV', '9hPn3Lg882TzJ5VUFXAh8RLWuqpePoD93P79yZC']],
      counterexamples: [
        ['secret_ds', 'TV9hPn3Lg882TzJ5VUFXAh8RLWuqpePoD93'],
        ['xsecret_dsT', 'V9hPn3Lg882TzJ5VUFXAh8RLWuqpePoD93P79yZC'],
      ],
    },
  ],
})
