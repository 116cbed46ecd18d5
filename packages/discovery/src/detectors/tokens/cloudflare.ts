import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'cloudflare',
  title: 'Keys of Cloudflare for certificates of origins',
  service: 'cloudflare',
  secret: 'token',
  kinds: [
    {
      begins: ['v1.0-'],
      pattern: /(?<![\w-])v1\.0-[a-f0-9]{24}-[a-f0-9]{146}(?![\w-])/y,
      examples: [
        [
          'v1.0-fa28',
          '15d2802827283e0ad841-73581569969e58b081006f7e3dfc967a64cb14028d512c9791e558e08baa7196b50ac2f86702824c1c099724caf4941d4072014b3ce107f80e222f828767efc2f91624a8940f1f836f',
        ],
      ],
      counterexamples: [
        [
          'v1.0-fa',
          '2815d2802827283e0ad841-73581569969e58b081006f7e3dfc967a64cb14028d512c9791e558e08baa7196b50ac2f86702824c1c099724caf4941d4072014b3ce107f80e222f828767efc2f91624a8940f',
        ],
        [
          'xv1.0-fa2',
          '815d2802827283e0ad841-73581569969e58b081006f7e3dfc967a64cb14028d512c9791e558e08baa7196b50ac2f86702824c1c099724caf4941d4072014b3ce107f80e222f828767efc2f91624a8940f1f836f',
        ],
      ],
    },
  ],
})
