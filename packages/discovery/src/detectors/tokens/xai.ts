import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'xai',
  title: 'Keys of xAI',
  service: 'xai',
  secret: 'token',
  kinds: [
    {
      begins: ['xai-'],
      pattern: /(?<![\w-])xai-[A-Za-z0-9]{80}(?![\w-])/y,
      examples: [['xai-mef6', '34RLZYPxbaroPVgiPQ7euJwSpeoZkRbpiPJ8zHuiFk7Ty2zaBtwnKVAawFvM27QWNtGEmZ4izVNE']],
      counterexamples: [
        ['xai-me', 'f634RLZYPxbaroPVgiPQ7euJwSpeoZkRbpiPJ8zHuiFk7Ty2zaBtwnKVAawFvM27QWNtGEmZ'],
        ['xxai-mef', '634RLZYPxbaroPVgiPQ7euJwSpeoZkRbpiPJ8zHuiFk7Ty2zaBtwnKVAawFvM27QWNtGEmZ4izVNE'],
      ],
    },
  ],
})
