import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'sendgrid',
  title: 'Keys of SendGrid',
  service: 'sendgrid',
  secret: 'token',
  kinds: [
    {
      begins: ['SG.'],
      pattern: /(?<![\w-])SG\.[\w-]{22}\.[\w-]{43}(?![\w-])/y,
      examples: [['SG.4vUZ', 'nnYb2j7KRChZ8GZrf3.FKWpBYTjpBGCP88nhonPS2TdGe2o5pJS6CXNMaFBDCm']],
      counterexamples: [
        ['SG.4v', 'UZnnYb2j7KRChZ8GZrf3.FKWpBYTjpBGCP88nhonPS2TdGe2o5pJS6CXNM'],
        ['xSG.4vU', 'ZnnYb2j7KRChZ8GZrf3.FKWpBYTjpBGCP88nhonPS2TdGe2o5pJS6CXNMaFBDCm'],
      ],
    },
  ],
})
