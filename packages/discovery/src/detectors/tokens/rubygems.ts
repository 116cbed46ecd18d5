import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'rubygems',
  title: 'Keys of RubyGems',
  service: 'rubygems',
  secret: 'token',
  kinds: [
    {
      begins: ['rubygems_'],
      pattern: /(?<![\w-])rubygems_[a-f0-9]{48}(?![\w-])/y,
      examples: [['rubygems_65c5', '8ac5831be38cb8cb4ba2e751989a01749ddb14f71010']],
      counterexamples: [
        ['rubygems_65', 'c58ac5831be38cb8cb4ba2e751989a01749ddb14'],
        ['xrubygems_65c', '58ac5831be38cb8cb4ba2e751989a01749ddb14f71010'],
      ],
    },
  ],
})
