import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'pulumi',
  title: 'Tokens of Pulumi',
  service: 'pulumi',
  secret: 'token',
  kinds: [
    {
      begins: ['pul-'],
      pattern: /(?<![\w-])pul-[a-f0-9]{40}(?![\w-])/y,
      examples: [['pul-9e3e', 'f5404bf7bac806081598a878e2f264d9b1ec']],
      counterexamples: [
        ['pul-9e', '3ef5404bf7bac806081598a878e2f264'],
        ['xpul-9e3', 'ef5404bf7bac806081598a878e2f264d9b1ec'],
      ],
    },
  ],
})
