import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'supabase',
  title: 'Tokens of Supabase',
  service: 'supabase',
  secret: 'token',
  kinds: [
    {
      begins: ['sbp_'],
      pattern: /(?<![\w-])sbp_[a-f0-9]{40}(?![\w-])/y,
      examples: [['sbp_7254', '80dc3932677172a31659a2e50add127454b4']],
      counterexamples: [
        ['sbp_72', '5480dc3932677172a31659a2e50add12'],
        ['xsbp_725', '480dc3932677172a31659a2e50add127454b4'],
      ],
    },
    {
      begins: ['sb_secret_'],
      pattern: /(?<![\w-])sb_secret_[\w-]{31,40}(?![\w-])/y,
      examples: [['sb_secret_PNQu', 'XwEA39gChj2X_EzprEN8rD7Z3cF']],
      counterexamples: [
        ['sb_secret_PN', 'QuXwEA39gChj2X_EzprEN8r'],
        ['xsb_secret_PNQ', 'uXwEA39gChj2X_EzprEN8rD7Z3cF'],
      ],
    },
  ],
})
