import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'vercel',
  title: 'Tokens of Vercel',
  service: 'vercel',
  secret: 'token',
  kinds: [
    {
      begins: ['vercel_blob_rw_'],
      pattern: /(?<![\w-])vercel_blob_rw_[A-Za-z0-9]{16}_[A-Za-z0-9]{30,48}(?![\w-])/y,
      examples: [['vercel_blob_rw_q9bV', 'hW9i3pN76Lbj_AA7MGRfn4tSyYuGmy8zitaJzStcEiq']],
      counterexamples: [
        ['vercel_blob_rw_q9', 'bVhW9i3pN76Lbj_AA7MGRfn4tSyYuGmy8zitaJz'],
        ['xvercel_blob_rw_q9b', 'VhW9i3pN76Lbj_AA7MGRfn4tSyYuGmy8zitaJzStcEiq'],
      ],
    },
  ],
})
