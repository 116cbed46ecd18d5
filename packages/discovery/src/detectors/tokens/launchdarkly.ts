import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'launchdarkly',
  title: 'Keys of LaunchDarkly',
  service: 'launchdarkly',
  secret: 'token',
  kinds: [
    {
      begins: ['sdk-'],
      pattern: /(?<![\w-])sdk-[a-f0-9]{8}-[a-f0-9]{4}-4[a-f0-9]{3}-[a-f0-9]{4}-[a-f0-9]{12}(?![\w-])/y,
      examples: [['sdk-2ed8', '748d-31d3-4092-954d-2c93e7fb6d28']],
      counterexamples: [
        ['sdk-2e', 'd8748d-31d3-4092-954d-2c93e7'],
        ['xsdk-2ed', '8748d-31d3-4092-954d-2c93e7fb6d28'],
      ],
    },
  ],
})
