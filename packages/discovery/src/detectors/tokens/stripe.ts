import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'stripe',
  title: 'Keys of Stripe',
  service: 'stripe',
  secret: 'token',
  kinds: [
    {
      begins: ['sk_live_', 'sk_test_', 'rk_live_', 'rk_test_', 'sk_org_live_', 'sk_org_test_'],
      pattern:
        /(?<![\w-])(?:sk_live_|sk_test_|rk_live_|rk_test_|sk_org_live_|sk_org_test_)[A-Za-z0-9]{16,247}(?![\w-])/y,
      examples: [['sk_live_hzTM', 'PJqtwr4NoVNA']],
      counterexamples: [
        ['sk_live_hz', 'TMPJqtwr'],
        ['xsk_live_hzT', 'MPJqtwr4NoVNA'],
      ],
    },
    {
      begins: ['whsec_'],
      pattern: /(?<![\w-])whsec_[A-Za-z0-9+/]{32,64}={0,2}(?![\w+/])/y,
      examples: [['whsec_Evxj', 'c6xDj4YXU6r8hFAczgJ8tTRMn6ZC']],
      counterexamples: [
        ['whsec_Ev', 'xjc6xDj4YXU6r8hFAczgJ8tT'],
        ['xwhsec_Evx', 'jc6xDj4YXU6r8hFAczgJ8tTRMn6ZC'],
      ],
    },
  ],
})
