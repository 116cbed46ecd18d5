import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'postgres-hosts',
  title: 'Passwords of databases that their hosts make: Aiven, Neon',
  service: 'postgresql',
  secret: 'password',
  kinds: [
    {
      begins: ['AVNS_'],
      pattern: /(?<![\w-])AVNS_[\w-]{19}(?![\w-])/y,
      examples: [['AVNS_mwhF', 'bHhgM_QdeDHNETZ']],
      counterexamples: [
        ['AVNS_mw', 'hFbHhgM_Qde'],
        ['xAVNS_mwh', 'FbHhgM_QdeDHNETZ'],
      ],
    },
    {
      begins: ['npg_'],
      pattern: /(?<![\w-])npg_[A-Za-z0-9]{12,24}(?![\w-])/y,
      examples: [['npg_egRX', 'mDEiQgyP']],
      counterexamples: [
        ['npg_eg', 'RXmD'],
        ['xnpg_egR', 'XmDEiQgyP'],
      ],
    },
  ],
})
