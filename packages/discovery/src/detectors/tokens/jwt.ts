import { tokenFamily } from '../detector.ts'
import { jwtOf } from '../readers/jwt.ts'

export default tokenFamily({
  id: 'jwt',
  title: 'JSON Web Tokens, with whom they are for and who issued them; service accounts of Kubernetes among them',
  service: 'jwt',
  secret: 'token',
  kinds: [
    {
      begins: ['eyJ'],
      pattern: /(?<![\w-])eyJ[\w-]{10,4096}\.eyJ[\w-]{4,16384}\.[\w-]{20,4096}(?![\w-])/y,
      check: (token) => jwtOf(token) !== undefined,
      checked: true,
      tells: (token) => {
        const { account, system, service = 'jwt' } = jwtOf(token) ?? {}
        return { service, ...(account === undefined ? {} : { account }), ...(system === undefined ? {} : { system }) }
      },
      examples: [
        [
          'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9',
          '.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUub3JnIiwic3ViIjoiYWxpY2UifQ.b2FrLWxlYWYtNy1yb3dhbi0xOS1iaXJjaC0xMg',
        ],
      ],
      counterexamples: [
        ['eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9', '.eyJub3QgSlNPTiI6.b2FrLWxlYWYtNy1yb3dhbi0xOS1iaXJjaC0xMg'],
        // What everybody shows, and what handbooks do.
        [
          'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9',
          '.eyJzb21lIjoicGF5bG9hZCJ9.4twFt5NiznN84AWoo1d7KO1T_yoc0Z6XOpOVswacPZg',
        ],
        [
          'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9',
          '.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c',
        ],
      ],
    },
  ],
})
