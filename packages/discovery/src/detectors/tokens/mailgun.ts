import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'mailgun',
  title: 'Keys of Mailgun',
  service: 'mailgun',
  secret: 'token',
  kinds: [
    {
      begins: ['key-'],
      pattern: /(?<![\w-])key-[a-f0-9]{32}(?![\w-])/y,
      examples: [['key-bef2', 'c328a72c5e5b77518b1018f134a0']],
      counterexamples: [
        ['key-be', 'f2c328a72c5e5b77518b1018'],
        ['xkey-bef', '2c328a72c5e5b77518b1018f134a0'],
      ],
    },
  ],
})
