import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'datadog',
  title: 'Tokens of Datadog that say what they are',
  service: 'datadog',
  secret: 'token',
  kinds: [
    {
      begins: ['ddapp_', 'ddpat_'],
      pattern: /(?<![\w-])(?:ddapp_|ddpat_)[A-Za-z0-9]{34,64}(?![\w-])/y,
      examples: [['ddapp_dYku', 'o8mKtpnXQyqS5wgzC2sVs2mwfmTZjj']],
      counterexamples: [
        ['ddapp_dY', 'kuo8mKtpnXQyqS5wgzC2sVs2mw'],
        ['xddapp_dYk', 'uo8mKtpnXQyqS5wgzC2sVs2mwfmTZjj'],
      ],
    },
  ],
})
