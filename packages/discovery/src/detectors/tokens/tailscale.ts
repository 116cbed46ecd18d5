import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'tailscale',
  title: 'Keys of Tailscale',
  service: 'tailscale',
  secret: 'token',
  kinds: [
    {
      begins: ['tskey-auth-', 'tskey-api-', 'tskey-client-', 'tskey-scim-', 'tskey-webhook-'],
      pattern:
        /(?<![\w-])(?:tskey-auth-|tskey-api-|tskey-client-|tskey-scim-|tskey-webhook-)[A-Za-z0-9]{8,24}-[A-Za-z0-9]{24,48}(?![\w-])/y,
      examples: [['tskey-auth-nxT3', '7u37-6JKQt7zRiHUCy5sa9UJsw9wa']],
      counterexamples: [
        ['tskey-auth-nx', 'T37u37-6JKQt7zRiHUCy5sa9U'],
        ['xtskey-auth-nxT', '37u37-6JKQt7zRiHUCy5sa9UJsw9wa'],
      ],
    },
  ],
})
