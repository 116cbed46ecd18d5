import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'new-relic',
  title: 'Keys of New Relic',
  service: 'newrelic',
  secret: 'token',
  kinds: [
    {
      begins: ['NRAK-'],
      pattern: /(?<![\w-])NRAK-[A-Z0-9]{27}(?![\w-])/y,
      examples: [['NRAK-W2MY', 'WQZJZSRDCG3DP959LVFKQLJ']],
      counterexamples: [
        ['NRAK-W2', 'MYWQZJZSRDCG3DP959L'],
        ['xNRAK-W2M', 'YWQZJZSRDCG3DP959LVFKQLJ'],
      ],
    },
    {
      begins: ['NRII-'],
      pattern: /(?<![\w-])NRII-[\w-]{32}(?![\w-])/y,
      examples: [['NRII-erbF', 'C7egNPxZAC6q763idKUEtDiwc9XE']],
      counterexamples: [
        ['NRII-er', 'bFC7egNPxZAC6q763idKUEtD'],
        ['xNRII-erb', 'FC7egNPxZAC6q763idKUEtDiwc9XE'],
      ],
    },
    {
      begins: ['NRAA-'],
      pattern: /(?<![\w-])NRAA-[a-f0-9]{27}(?![\w-])/y,
      examples: [['NRAA-e055', 'c90eb6f2aed4c21a9dbf49a']],
      counterexamples: [
        ['NRAA-e0', '55c90eb6f2aed4c21a9'],
        ['xNRAA-e05', '5c90eb6f2aed4c21a9dbf49a'],
      ],
    },
  ],
})
