import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'mailchimp',
  title: 'Keys of Mailchimp',
  service: 'mailchimp',
  secret: 'token',
  kinds: [
    {
      begins: ['-us1', '-us2', '-us3', '-us4', '-us5', '-us6', '-us7', '-us8', '-us9'],
      before: /(?<![\w-])[0-9a-f]{32}$/,
      pattern: /[0-9a-f]{32}-us\d{1,2}(?![\w-])/y,
      examples: [['0f3c9a5be1d247789ae1', 'c0ffee425d31-us14']],
      counterexamples: [['0f3c9a5be1d2', '-us14']],
    },
  ],
})
