import { tokenFamily } from '../detector.ts'

const END = 'oakLeaf7Rowan_Birch-12'

export default tokenFamily({
  id: 'firebase',
  title: 'Keys of servers that send messages by Firebase',
  service: 'firebase',
  secret: 'token',
  kinds: [
    {
      begins: [':APA91b'],
      before: /(?<![\w-])AAAA[\w-]{7}$/,
      pattern: /AAAA[\w-]{7}:APA91b[\w-]{134}(?![\w-])/y,
      examples: [['AAAAoakLeaf:APA91b', `${END.repeat(6)}xy`]],
      counterexamples: [['AAAAoakLeaf:APA91b', END]],
    },
  ],
})
