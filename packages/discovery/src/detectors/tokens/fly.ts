import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'fly',
  title: 'Tokens of Fly.io',
  service: 'fly.io',
  secret: 'token',
  kinds: [
    {
      begins: ['fo1_'],
      pattern: /(?<![\w-])fo1_[\w-]{43}(?![\w-])/y,
      examples: [['fo1_swYo', 'L4hu2yhJS6vV-Dyf634uoLda5r38iVyoksrHE33']],
      counterexamples: [
        ['fo1_sw', 'YoL4hu2yhJS6vV-Dyf634uoLda5r38iVyok'],
        ['xfo1_swY', 'oL4hu2yhJS6vV-Dyf634uoLda5r38iVyoksrHE33'],
      ],
    },
    {
      begins: ['fm1r_', 'fm2_'],
      pattern: /(?<![\w-])(?:fm1r_|fm2_)[\w+/=-]{100,2000}(?![\w+/=-])/y,
      examples: [
        [
          'fm1r_4Sz6',
          '7QRNofmR9hnu9wDbt3b3ru2X5abFQsu63Xtp6d3VAVhpBH94gccpVfKXkPFYb7fqCUXFTMv9ectk4RHPurCa5MaTXKZLQY95',
        ],
      ],
      counterexamples: [
        ['fm1r_4S', 'z67QRNofmR9hnu9wDbt3b3ru2X5abFQsu63Xtp'],
        [
          'xfm1r_4Sz',
          '67QRNofmR9hnu9wDbt3b3ru2X5abFQsu63Xtp6d3VAVhpBH94gccpVfKXkPFYb7fqCUXFTMv9ectk4RHPurCa5MaTXKZLQY95',
        ],
      ],
    },
  ],
})
