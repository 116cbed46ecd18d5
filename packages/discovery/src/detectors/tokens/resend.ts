import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'resend',
  title: 'Keys of Resend',
  service: 'resend',
  secret: 'token',
  kinds: [
    {
      begins: ['re_'],
      pattern: /(?<![\w-])re_[A-Za-z0-9]{8}_[A-Za-z0-9]{24}(?![\w-])/y,
      examples: [['re_JeA3', '6jUM_ZdCcPTnMJ6Mj2QwMNpF6F9px']],
      counterexamples: [
        ['re_Je', 'A36jUM_ZdCcPTnMJ6Mj2QwMNp'],
        ['xre_JeA', '36jUM_ZdCcPTnMJ6Mj2QwMNpF6F9px'],
      ],
    },
  ],
})
