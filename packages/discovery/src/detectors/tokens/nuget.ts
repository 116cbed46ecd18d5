import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'nuget',
  title: 'Keys of NuGet',
  service: 'nuget',
  secret: 'token',
  kinds: [
    {
      begins: ['oy2'],
      pattern: /(?<![\w-])oy2[a-z0-9]{43}(?![\w-])/y,
      examples: [['oy2s2ra', 'dx58qkacdb2mqkdganj3n93m9ueud7az46f5mpg']],
      counterexamples: [
        ['oy2s2', 'radx58qkacdb2mqkdganj3n93m9ueud7az4'],
        ['xoy2s2r', 'adx58qkacdb2mqkdganj3n93m9ueud7az46f5mpg'],
      ],
    },
  ],
})
