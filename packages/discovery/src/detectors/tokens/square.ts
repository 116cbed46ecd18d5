import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'square',
  title: 'Keys of Square',
  service: 'square',
  secret: 'token',
  kinds: [
    {
      begins: ['sq0atp-'],
      pattern: /(?<![\w-])sq0atp-[\w-]{22}(?![\w-])/y,
      examples: [['sq0atp-B6pr', 'nfjRveGY8GwMCTHfho']],
      counterexamples: [
        ['sq0atp-B6', 'prnfjRveGY8GwM'],
        ['xsq0atp-B6p', 'rnfjRveGY8GwMCTHfho'],
      ],
    },
    {
      begins: ['sq0csp-'],
      pattern: /(?<![\w-])sq0csp-[\w-]{43}(?![\w-])/y,
      examples: [['sq0csp-izTH', 'HHb9JkoQ8QKtnfybL5Bravcp6pjCbD2ZXbR6Xwd']],
      counterexamples: [
        ['sq0csp-iz', 'THHHb9JkoQ8QKtnfybL5Bravcp6pjCbD2ZX'],
        ['xsq0csp-izT', 'HHHb9JkoQ8QKtnfybL5Bravcp6pjCbD2ZXbR6Xwd'],
      ],
    },
  ],
})
