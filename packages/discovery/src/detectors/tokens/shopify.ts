import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'shopify',
  title: 'Tokens of Shopify',
  service: 'shopify',
  secret: 'token',
  kinds: [
    {
      begins: ['shpat_', 'shpca_', 'shppa_', 'shpss_'],
      pattern: /(?<![\w-])(?:shpat_|shpca_|shppa_|shpss_)[A-Fa-f0-9]{32}(?![\w-])/y,
      examples: [['shpat_49d9', '8729e7c6be9ff907a76cc0b57aaf']],
      counterexamples: [
        ['shpat_49', 'd98729e7c6be9ff907a76cc0'],
        ['xshpat_49d', '98729e7c6be9ff907a76cc0b57aaf'],
      ],
    },
  ],
})
