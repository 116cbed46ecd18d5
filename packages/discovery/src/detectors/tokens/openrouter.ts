import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'openrouter',
  title: 'Keys of OpenRouter',
  service: 'openrouter',
  secret: 'token',
  kinds: [
    {
      begins: ['sk-or-v1-'],
      pattern: /(?<![\w-])sk-or-v1-[a-f0-9]{64}(?![\w-])/y,
      examples: [['sk-or-v1-9279', '4c9bce4850bbd0e7cb3593871c15d694c1957f8db03911731a6b2dc782bd']],
      counterexamples: [
        ['sk-or-v1-92', '794c9bce4850bbd0e7cb3593871c15d694c1957f8db03911731a6b2d'],
        ['xsk-or-v1-927', '94c9bce4850bbd0e7cb3593871c15d694c1957f8db03911731a6b2dc782bd'],
      ],
    },
  ],
})
