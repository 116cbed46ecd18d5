import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'postman',
  title: 'Keys of Postman',
  service: 'postman',
  secret: 'token',
  kinds: [
    {
      begins: ['PMAK-'],
      pattern: /(?<![\w-])PMAK-[a-f0-9]{24}-[a-f0-9]{34}(?![\w-])/y,
      examples: [['PMAK-8286', '793b2b023a60e4e81e11-e3f79aa766907508db2823ccd71ba82f4d']],
      counterexamples: [
        ['PMAK-82', '86793b2b023a60e4e81e11-e3f79aa766907508db2823ccd71b'],
        ['xPMAK-828', '6793b2b023a60e4e81e11-e3f79aa766907508db2823ccd71ba82f4d'],
      ],
    },
  ],
})
