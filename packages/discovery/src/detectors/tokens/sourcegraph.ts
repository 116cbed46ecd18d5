import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'sourcegraph',
  title: 'Tokens of Sourcegraph',
  service: 'sourcegraph',
  secret: 'token',
  kinds: [
    {
      begins: ['sgp_'],
      pattern: /(?<![\w-])sgp_[a-f0-9]{16}_[a-f0-9]{40}(?![\w-])/y,
      examples: [['sgp_21f5', 'c7ff43fc2770_c7173601e1c771d814e0f33545a3c0202219ec06']],
      counterexamples: [
        ['sgp_21', 'f5c7ff43fc2770_c7173601e1c771d814e0f33545a3c02022'],
        ['xsgp_21f', '5c7ff43fc2770_c7173601e1c771d814e0f33545a3c0202219ec06'],
      ],
    },
    {
      begins: ['sgp_'],
      pattern: /(?<![\w-])sgp_[a-f0-9]{40}(?![\w-])/y,
      examples: [['sgp_05e6', '36d32b32732b89994fa6022136ced620104d']],
      counterexamples: [
        ['sgp_05', 'e636d32b32732b89994fa6022136ced6'],
        ['xsgp_05e', '636d32b32732b89994fa6022136ced620104d'],
      ],
    },
  ],
})
