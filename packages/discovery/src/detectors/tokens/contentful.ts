import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'contentful',
  title: 'Tokens of Contentful',
  service: 'contentful',
  secret: 'token',
  kinds: [
    {
      begins: ['CFPAT-'],
      pattern: /(?<![\w-])CFPAT-[\w-]{43}(?![\w-])/y,
      examples: [['CFPAT-Qk9Y', '_5XA222R9X3FkLGC57WdrXZEkHfLPjDstkR_c_j']],
      counterexamples: [
        ['CFPAT-Qk', '9Y_5XA222R9X3FkLGC57WdrXZEkHfLPjDst'],
        ['xCFPAT-Qk9', 'Y_5XA222R9X3FkLGC57WdrXZEkHfLPjDstkR_c_j'],
      ],
    },
  ],
})
