import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'digitalocean',
  title: 'Tokens of DigitalOcean',
  service: 'digitalocean',
  secret: 'token',
  kinds: [
    {
      begins: ['dop_v1_', 'doo_v1_', 'dor_v1_'],
      pattern: /(?<![\w-])(?:dop_v1_|doo_v1_|dor_v1_)[a-f0-9]{64}(?![\w-])/y,
      examples: [['dop_v1_a8d4', '1bed440e50454f31af3176813e02ea68ef786e4d3cea27d26934b484e73c']],
      counterexamples: [
        ['dop_v1_a8', 'd41bed440e50454f31af3176813e02ea68ef786e4d3cea27d26934b4'],
        ['xdop_v1_a8d', '41bed440e50454f31af3176813e02ea68ef786e4d3cea27d26934b484e73c'],
      ],
    },
  ],
})
