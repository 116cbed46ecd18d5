import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'posthog',
  title: 'Keys of PostHog',
  service: 'posthog',
  secret: 'token',
  kinds: [
    {
      begins: ['phx_'],
      pattern: /(?<![\w-])phx_[A-Za-z0-9]{43,64}(?![\w-])/y,
      examples: [['phx_nq87', 'aHDdjDRjLi8WPGFgSff3xJE4erWGPTt3ZEHwggS']],
      counterexamples: [
        ['phx_nq', '87aHDdjDRjLi8WPGFgSff3xJE4erWGPTt3Z'],
        ['xphx_nq8', '7aHDdjDRjLi8WPGFgSff3xJE4erWGPTt3ZEHwggS'],
      ],
    },
  ],
})
