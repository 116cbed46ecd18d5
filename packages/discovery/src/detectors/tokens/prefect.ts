import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'prefect',
  title: 'Keys of Prefect',
  service: 'prefect',
  secret: 'token',
  kinds: [
    {
      begins: ['pnu_', 'pnb_'],
      pattern: /(?<![\w-])(?:pnu_|pnb_)[a-z0-9]{36}(?![\w-])/y,
      examples: [['pnu_foot', 'ar4hm5kt2qwrbforjee2ueeeaeyejh89']],
      counterexamples: [
        ['pnu_fo', 'otar4hm5kt2qwrbforjee2ueeeae'],
        ['xpnu_foo', 'tar4hm5kt2qwrbforjee2ueeeaeyejh89'],
      ],
    },
  ],
})
