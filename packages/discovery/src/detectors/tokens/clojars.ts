import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'clojars',
  title: 'Tokens of Clojars',
  service: 'clojars',
  secret: 'token',
  kinds: [
    {
      begins: ['CLOJARS_'],
      pattern: /(?<![\w-])CLOJARS_[a-f0-9]{60}(?![\w-])/y,
      examples: [['CLOJARS_8e53', '89cd5e3eaa60c736ba80622598514f31c827129084bb54b8bb53759c']],
      counterexamples: [
        ['CLOJARS_8e', '5389cd5e3eaa60c736ba80622598514f31c827129084bb54b8bb'],
        ['xCLOJARS_8e5', '389cd5e3eaa60c736ba80622598514f31c827129084bb54b8bb53759c'],
      ],
    },
  ],
})
