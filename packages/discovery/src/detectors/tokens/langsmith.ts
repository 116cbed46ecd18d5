import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'langsmith',
  title: 'Keys of LangSmith',
  service: 'langsmith',
  secret: 'token',
  kinds: [
    {
      begins: ['lsv2_pt_', 'lsv2_sk_'],
      pattern: /(?<![\w-])(?:lsv2_pt_|lsv2_sk_)[a-f0-9]{32}_[a-f0-9]{10}(?![\w-])/y,
      examples: [['lsv2_pt_eae1', '6d4f6185578715bbd26944ff770e_4b9447a3d5']],
      counterexamples: [
        ['lsv2_pt_ea', 'e16d4f6185578715bbd26944ff770e_4b94'],
        ['xlsv2_pt_eae', '16d4f6185578715bbd26944ff770e_4b9447a3d5'],
      ],
    },
  ],
})
