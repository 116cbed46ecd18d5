import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'aws',
  title: 'Keys of AWS that are secret by themselves: sessions, Bedrock',
  service: 'aws',
  secret: 'token',
  kinds: [
    {
      begins: ['IQoJb3JpZ2luX2Vj'],
      // Begins with the word `origin` and a region, encoded.
      pattern: /(?<![\w-])IQoJb3JpZ2luX2Vj[A-Za-z0-9+/]{100,4096}(?:={1,2})?(?![\w+/])/y,
      examples: [
        [
          'IQoJb3JpZ2luX2VjWKbs',
          'DE5kGZoDiPCFdcERFmdD5nHQrroDnobDQCm7JUcKkHnVm5uMGonrNZGmwEnDqPhukd2WfofZVR3Mv2RFnVjh9XxeUpEHicLz',
        ],
      ],
      counterexamples: [
        ['IQoJb3JpZ2luX2VjWK', 'bsDE5kGZoDiPCFdcERFmdD5nHQrroDnobDQCm7JUcKkHnVm5uMGonrNZGm'],
        [
          'xIQoJb3JpZ2luX2VjWKb',
          'sDE5kGZoDiPCFdcERFmdD5nHQrroDnobDQCm7JUcKkHnVm5uMGonrNZGmwEnDqPhukd2WfofZVR3Mv2RFnVjh9XxeUpEHicLz',
        ],
      ],
    },
    {
      begins: ['FwoGZXIvYXdz', 'FQoGZXIvYXdz'],
      pattern: /(?<![\w-])(?:FwoGZXIvYXdz|FQoGZXIvYXdz)[A-Za-z0-9+/]{100,4096}(?:={1,2})?(?![\w+/])/y,
      examples: [
        [
          'FwoGZXIvYXdzXKhc',
          'CtEzmn395WXvYpho4fE6FTgvtEDxvVsnu5eUwa9tYBfYLqHhDP2UJyRbb8hFLebmT9J5d8mTwcYu9aQKFMKQtQAh6oMSUAKc',
        ],
      ],
      counterexamples: [
        ['FwoGZXIvYXdzXK', 'hcCtEzmn395WXvYpho4fE6FTgvtEDxvVsnu5eUwa9tYBfYLqHhDP2UJyRb'],
        [
          'xFwoGZXIvYXdzXKh',
          'cCtEzmn395WXvYpho4fE6FTgvtEDxvVsnu5eUwa9tYBfYLqHhDP2UJyRbb8hFLebmT9J5d8mTwcYu9aQKFMKQtQAh6oMSUAKc',
        ],
      ],
    },
    {
      begins: ['ABSK'],
      pattern: /(?<![\w-])ABSK[A-Za-z0-9+/]{100,269}={0,2}(?![\w+/])/y,
      examples: [
        [
          'ABSKkZqn',
          'WJv7iqsuyDf828u4mbbbbGgrbDNEPeLHXpDGAnKkGZqBE8PqaKrSYpZgHH7hfggVFKGyXySg6vLjBPjZKvkBzjVs8Fv7SjZL',
        ],
      ],
      counterexamples: [
        ['ABSKkZ', 'qnWJv7iqsuyDf828u4mbbbbGgrbDNEPeLHXpDGAnKkGZqBE8PqaKrSYpZgHH7hfggVFK'],
        [
          'xABSKkZq',
          'nWJv7iqsuyDf828u4mbbbbGgrbDNEPeLHXpDGAnKkGZqBE8PqaKrSYpZgHH7hfggVFKGyXySg6vLjBPjZKvkBzjVs8Fv7SjZL',
        ],
      ],
    },
  ],
})
