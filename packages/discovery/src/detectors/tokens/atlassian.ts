import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'atlassian',
  title: 'Tokens of Atlassian',
  service: 'atlassian',
  secret: 'token',
  kinds: [
    {
      begins: ['ATATT3xFfGF0'],
      pattern: /(?<![\w-])ATATT3xFfGF0[\w=-]{150,300}(?![\w=-])/y,
      examples: [
        [
          'ATATT3xFfGF0SySN',
          'eRMRRKU9oNWEbSRijQs4GsfCGAg95Q6eZC9UQHDNp5oNEZi8MepS22tAGrpwqYPCZXKCPSCpxsP5A5WcuZMqVEPC3hmgEcG3btmKrkFsLbvTcUtVcDVyn9YccB824ZsNbxbPAdLdH5Fbn9Zf2L',
        ],
      ],
      counterexamples: [
        ['ATATT3xFfGF0Sy', 'SNeRMRRKU9oNWEbSRijQs4GsfCGAg95Q6eZC9UQHDNp5oNEZi8MepS22tAGrpwqYPCZXKCPSCpxsP5A5WcuZMqVE'],
        [
          'xATATT3xFfGF0SyS',
          'NeRMRRKU9oNWEbSRijQs4GsfCGAg95Q6eZC9UQHDNp5oNEZi8MepS22tAGrpwqYPCZXKCPSCpxsP5A5WcuZMqVEPC3hmgEcG3btmKrkFsLbvTcUtVcDVyn9YccB824ZsNbxbPAdLdH5Fbn9Zf2L',
        ],
      ],
    },
    {
      begins: ['ATOATT3xFfG'],
      pattern: /(?<![\w-])ATOATT3xFfG[\w=-]{150,300}(?![\w=-])/y,
      examples: [
        [
          'ATOATT3xFfGJADm',
          'Ks4bFnqZyiLKYULjLEGahz434NVJ6CgWDpraFwqv5Lr37Qqbq7N6gMnPCbjLaYHKRx5NC9m6zuCt6WHapfm7r2VscVoRdatZeieMBAqhfRezq25f6M4gbGEJYdZF4eiitCCrJFxW2xiFDzias3',
        ],
      ],
      counterexamples: [
        ['ATOATT3xFfGJA', 'DmKs4bFnqZyiLKYULjLEGahz434NVJ6CgWDpraFwqv5Lr37Qqbq7N6gMnPCbjLaYHKRx5NC9m6zuCt6WHapfm7r2'],
        [
          'xATOATT3xFfGJAD',
          'mKs4bFnqZyiLKYULjLEGahz434NVJ6CgWDpraFwqv5Lr37Qqbq7N6gMnPCbjLaYHKRx5NC9m6zuCt6WHapfm7r2VscVoRdatZeieMBAqhfRezq25f6M4gbGEJYdZF4eiitCCrJFxW2xiFDzias3',
        ],
      ],
    },
  ],
})
