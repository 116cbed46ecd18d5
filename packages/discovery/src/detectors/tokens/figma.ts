import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'figma',
  title: 'Tokens of Figma',
  service: 'figma',
  secret: 'token',
  kinds: [
    {
      begins: ['figd_', 'figo_', 'figu_'],
      pattern: /(?<![\w-])(?:figd_|figo_|figu_)[\w-]{40,64}(?![\w-])/y,
      examples: [['figd_228e', 'Md8JVuB4HK_AJ_VKiyYGzLfubFcXs_twb9X-']],
      counterexamples: [
        ['figd_22', '8eMd8JVuB4HK_AJ_VKiyYGzLfubFcXs_'],
        ['xfigd_228', 'eMd8JVuB4HK_AJ_VKiyYGzLfubFcXs_twb9X-'],
      ],
    },
  ],
})
