import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'slack',
  title: 'Tokens of Slack, and addresses that messages are sent to',
  service: 'slack',
  secret: 'token',
  kinds: [
    {
      begins: ['xoxb-', 'xoxp-', 'xoxa-', 'xoxr-', 'xoxs-', 'xoxo-'],
      pattern: /(?<![\w-])(?:xoxb-|xoxp-|xoxa-|xoxr-|xoxs-|xoxo-)\d{10,13}-[\w-]{20,200}(?![\w-])/y,
      examples: [['xoxb-7744', '328765-rvG-cR3bwwrLS7dgfBq7']],
      counterexamples: [
        ['xoxb-77', '44328765-rvG-cR3bwwrLS7'],
        ['xxoxb-774', '4328765-rvG-cR3bwwrLS7dgfBq7'],
      ],
    },
    {
      begins: ['xoxe.xoxp-', 'xoxe.xoxb-'],
      pattern: /(?<![\w-])(?:xoxe\.xoxp-|xoxe\.xoxb-)\d{1}-[\w-]{60,260}(?![\w-])/y,
      examples: [['xoxe.xoxp-7-ju', 't8M-sW2Aa6h_GCSkPLw3NjYG7nfkPwgiBr36ZjXcyfPuMbizHxqYrDSTab']],
      counterexamples: [
        ['xoxe.xoxp-7-', 'jut8M-sW2Aa6h_GCSkPLw3NjYG7nfkPwgiBr36Zj'],
        ['xxoxe.xoxp-7-j', 'ut8M-sW2Aa6h_GCSkPLw3NjYG7nfkPwgiBr36ZjXcyfPuMbizHxqYrDSTab'],
      ],
    },
    {
      begins: ['xoxe-'],
      pattern: /(?<![\w-])xoxe-\d{1}-[\w-]{60,260}(?![\w-])/y,
      examples: [['xoxe-1-AE', 'c_crvuYoSGQVybjQ4bfPLJ2E44rNgsmxQ5KYtr6535cfUzmsJ26gY37QTw']],
      counterexamples: [
        ['xoxe-1-', 'AEc_crvuYoSGQVybjQ4bfPLJ2E44rNgsmxQ5KYtr'],
        ['xxoxe-1-A', 'Ec_crvuYoSGQVybjQ4bfPLJ2E44rNgsmxQ5KYtr6535cfUzmsJ26gY37QTw'],
      ],
    },
    {
      begins: ['xapp-'],
      pattern: /(?<![\w-])xapp-\d{1}-[A-Z0-9]{9,13}-\d{10,14}-[a-f0-9]{64}(?![\w-])/y,
      examples: [['xapp-7-S5', 'M8ATYRV-6887263571-2a4b0062983475eb46c5296f62e338d74ff1fe4f7f505aef9ebdd25b001a3ff4']],
      counterexamples: [
        ['xapp-7-', 'S5M8ATYRV-6887263571-2a4b0062983475eb46c5296f62e338d74ff1fe4f7f505aef9ebdd25b00'],
        ['xxapp-7-S', '5M8ATYRV-6887263571-2a4b0062983475eb46c5296f62e338d74ff1fe4f7f505aef9ebdd25b001a3ff4'],
      ],
    },
    {
      begins: ['https://hooks.slack.com/'],
      pattern:
        /(?<![\w-])https:\/\/hooks\.slack\.com\/(?:services|workflows|triggers)\/[\w-]{9,13}\/[\w-]{8,24}\/[A-Za-z0-9]{20,64}(?![\w-])/y,
      examples: [['https://hooks.slack.com/serv', 'ices/CPwcrJXG8/tZXg2jm2/PUdXdSmD5UUY5hbXiT8i']],
      counterexamples: [
        ['https://hooks.slack.com/se', 'rvices/CPwcrJXG8/tZXg2jm2/PUdXdSmD5UUY5h'],
        ['xhttps://hooks.slack.com/ser', 'vices/CPwcrJXG8/tZXg2jm2/PUdXdSmD5UUY5hbXiT8i'],
      ],
    },
  ],
})
