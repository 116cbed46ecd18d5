import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'kubernetes',
  title: 'Tokens with which hosts join clusters of k3s and RKE2',
  service: 'kubernetes',
  secret: 'token',
  kinds: [
    {
      begins: ['K10'],
      pattern: /(?<![\w-])K10[a-f0-9]{64}::(?:server|node|agent):[a-f0-9]{32,64}(?![\w-])/y,
      examples: [
        [
          'K100bf3',
          'f5fb85967f532f3ab3cc2d0b698d5c7e41ba4ea5ee874ae7689447ab57a6::server:83536c4499d863386ce10cd79e048c07',
        ],
      ],
      counterexamples: [
        ['K100b', 'f3f5fb85967f532f3ab3cc2d0b698d5c7e41ba4ea5ee874ae7689447ab57a6::server:83536c4499d863386ce10cd79e'],
        [
          'xK100bf',
          '3f5fb85967f532f3ab3cc2d0b698d5c7e41ba4ea5ee874ae7689447ab57a6::server:83536c4499d863386ce10cd79e048c07',
        ],
      ],
    },
  ],
})
