import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'planetscale',
  title: 'Tokens and passwords of PlanetScale',
  service: 'planetscale',
  secret: 'token',
  kinds: [
    {
      begins: ['pscale_tkn_', 'pscale_pw_', 'pscale_oauth_'],
      pattern: /(?<![\w-])(?:pscale_tkn_|pscale_pw_|pscale_oauth_)[\w.-]{32,64}(?![\w.-])/y,
      examples: [['pscale_tkn_LnkC', 'iSZNUbmPJRx8kiR9GAGDh33vnPvy']],
      counterexamples: [
        ['pscale_tkn_Ln', 'kCiSZNUbmPJRx8kiR9GAGDh3'],
        ['xpscale_tkn_Lnk', 'CiSZNUbmPJRx8kiR9GAGDh33vnPvy'],
      ],
    },
  ],
})
