import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'buildkite',
  title: 'Tokens of Buildkite',
  service: 'buildkite',
  secret: 'token',
  kinds: [
    {
      begins: ['bkua_', 'bkaj_'],
      pattern: /(?<![\w-])(?:bkua_|bkaj_)[a-f0-9]{40}(?![\w-])/y,
      examples: [['bkua_6b80', '68dc5d44036c002e162aaef6076bc3346eee']],
      counterexamples: [
        ['bkua_6b', '8068dc5d44036c002e162aaef6076bc3'],
        ['xbkua_6b8', '068dc5d44036c002e162aaef6076bc3346eee'],
      ],
    },
  ],
})
