import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'bitbucket',
  title: 'Tokens of Bitbucket: passwords of applications, access tokens, those of its data centre',
  service: 'bitbucket',
  secret: 'token',
  kinds: [
    {
      begins: ['ATBB'],
      pattern: /(?<![\w-])ATBB[A-Za-z0-9]{28}[A-F0-9]{8}(?![\w-])/y,
      examples: [['ATBBNh9u', 'scFSQtdZQhCvXwcZubNA4Uy726F6967E']],
      counterexamples: [
        ['ATBBNh', '9uscFSQtdZQhCvXwcZubNA4Uy726'],
        ['xATBBNh9', 'uscFSQtdZQhCvXwcZubNA4Uy726F6967E'],
      ],
    },
    {
      begins: ['ATCTT3xFfG'],
      pattern: /(?<![\w-])ATCTT3xFfG[\w=-]{170,300}(?![\w=-])/y,
      examples: [
        [
          'ATCTT3xFfGQSz9',
          'UGqhqMQhctDpKbDPBpKcDwDMbew9WxHFLXNMsjyfCVtxa6ZXeLGAFTFYc9HmzPaY25V54dFDwgNZkeNWZygBrcR4r2bCaCfE4DSNyEpXZTXqCSywvWTVAxzp4rEB5QGgwf2a3Sd5hJhMA4yV5v2KpRW8WfZ33pFiNbzLRc',
        ],
      ],
      counterexamples: [
        [
          'ATCTT3xFfGQS',
          'z9UGqhqMQhctDpKbDPBpKcDwDMbew9WxHFLXNMsjyfCVtxa6ZXeLGAFTFYc9HmzPaY25V54dFDwgNZkeNWZygBrcR4r2bCaCfE4DSNyEpXZT',
        ],
        [
          'xATCTT3xFfGQSz',
          '9UGqhqMQhctDpKbDPBpKcDwDMbew9WxHFLXNMsjyfCVtxa6ZXeLGAFTFYc9HmzPaY25V54dFDwgNZkeNWZygBrcR4r2bCaCfE4DSNyEpXZTXqCSywvWTVAxzp4rEB5QGgwf2a3Sd5hJhMA4yV5v2KpRW8WfZ33pFiNbzLRc',
        ],
      ],
    },
    {
      begins: ['BBDC-'],
      pattern: /(?<![\w-])BBDC-[A-Za-z0-9+/]{44}(?![\w+/])/y,
      examples: [['BBDC-EsCg', 'mkWLd9GESqFPGchweMQJcfquRyk72tzH26UUTnTZ']],
      counterexamples: [
        ['BBDC-Es', 'CgmkWLd9GESqFPGchweMQJcfquRyk72tzH26'],
        ['xBBDC-EsC', 'gmkWLd9GESqFPGchweMQJcfquRyk72tzH26UUTnTZ'],
      ],
    },
  ],
})
