import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'openai',
  title: 'Keys of OpenAI',
  service: 'openai',
  secret: 'token',
  kinds: [
    {
      begins: ['sk-proj-', 'sk-svcacct-', 'sk-admin-'],
      pattern: /(?<![\w-])(?:sk-proj-|sk-svcacct-|sk-admin-)[\w-]{20,128}T3BlbkFJ[\w-]{20,128}(?![\w-])/y,
      examples: [['sk-proj-hbnK', 'c73T8qpHa7evfUxYT3BlbkFJUYbjmpasWA3y7haeVMkV']],
      counterexamples: [
        ['sk-proj-hb', 'nKc73T8qpHa7evfUxYT3BlbkFJUYbjmpasWA3y7h'],
        ['xsk-proj-hbn', 'Kc73T8qpHa7evfUxYT3BlbkFJUYbjmpasWA3y7haeVMkV'],
      ],
    },
    {
      begins: ['sk-'],
      pattern: /(?<![\w-])sk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}(?![\w-])/y,
      examples: [['sk-4Kdn', 'aoQF5XW6p6RWPdABT3BlbkFJDSnhVk2Vkqdj5jxudafY']],
      counterexamples: [
        ['sk-4K', 'dnaoQF5XW6p6RWPdABT3BlbkFJDSnhVk2Vkqdj5j'],
        ['xsk-4Kd', 'naoQF5XW6p6RWPdABT3BlbkFJDSnhVk2Vkqdj5jxudafY'],
      ],
    },
  ],
})
