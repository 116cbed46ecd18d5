import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'brevo',
  title: 'Keys of Brevo',
  service: 'brevo',
  secret: 'token',
  kinds: [
    {
      begins: ['xkeysib-', 'xsmtpsib-'],
      pattern: /(?<![\w-])(?:xkeysib-|xsmtpsib-)[a-f0-9]{64}-[A-Za-z0-9]{16}(?![\w-])/y,
      examples: [['xkeysib-69e3', 'fab8c3bfc5e740e61572b4e3c02eaa7f3b4a715e4e48dd74089a58f3aef3-KiDr3tPmg6UHSzNZ']],
      counterexamples: [
        ['xkeysib-69', 'e3fab8c3bfc5e740e61572b4e3c02eaa7f3b4a715e4e48dd74089a58f3aef3-KiDr3tPmg6'],
        ['xxkeysib-69e', '3fab8c3bfc5e740e61572b4e3c02eaa7f3b4a715e4e48dd74089a58f3aef3-KiDr3tPmg6UHSzNZ'],
      ],
    },
  ],
})
