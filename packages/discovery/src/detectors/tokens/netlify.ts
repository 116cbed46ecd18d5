import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'netlify',
  title: 'Tokens of Netlify',
  service: 'netlify',
  secret: 'token',
  kinds: [
    {
      begins: ['nfp_', 'nfc_', 'nfo_', 'nfu_', 'nfb_'],
      pattern: /(?<![\w-])(?:nfp_|nfc_|nfo_|nfu_|nfb_)[A-Za-z0-9]{36}(?![\w-])/y,
      examples: [['nfp_XeTU', 'ZVtwruaj4uDshhZvBD969uHmaeVziKxp']],
      counterexamples: [
        ['nfp_Xe', 'TUZVtwruaj4uDshhZvBD969uHmae'],
        ['xnfp_XeT', 'UZVtwruaj4uDshhZvBD969uHmaeVziKxp'],
      ],
    },
  ],
})
