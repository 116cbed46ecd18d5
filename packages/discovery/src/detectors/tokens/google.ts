import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'google',
  title: 'Keys and tokens of Google Cloud and its interfaces',
  service: 'gcp',
  secret: 'token',
  kinds: [
    {
      begins: ['AIza'],
      pattern: /(?<![\w-])AIza[\w-]{35}(?![\w-])/y,
      examples: [['AIzaY2Qk', 'k2iXrQq43z7N4R5by4QNjhYxBB3TgSN']],
      counterexamples: [
        ['AIzaY2', 'Qkk2iXrQq43z7N4R5by4QNjhYxB'],
        ['xAIzaY2Q', 'kk2iXrQq43z7N4R5by4QNjhYxBB3TgSN'],
      ],
    },
    {
      begins: ['GOCSPX-'],
      pattern: /(?<![\w-])GOCSPX-[\w-]{28}(?![\w-])/y,
      examples: [['GOCSPX-vpYe', '4xYZFQGQgNXPgq-q6Ag_sY4s']],
      counterexamples: [
        ['GOCSPX-vp', 'Ye4xYZFQGQgNXPgq-q6A'],
        ['xGOCSPX-vpY', 'e4xYZFQGQgNXPgq-q6Ag_sY4s'],
      ],
    },
    {
      begins: ['ya29.'],
      pattern: /(?<![\w-])ya29\.[\w-]{30,2048}(?![\w-])/y,
      examples: [['ya29.F6tH', '_a3wzNg9Md3rXF4xbfbyFxLLJB']],
      counterexamples: [
        ['ya29.F6', 'tH_a3wzNg9Md3rXF4x'],
        ['xya29.F6t', 'H_a3wzNg9Md3rXF4xbfbyFxLLJB'],
      ],
    },
    {
      begins: ['1//0'],
      // A token that others are renewed with.
      pattern: /(?<![\w-])1\/\/0[\w-]{38,512}(?![\w-])/y,
      examples: [['1//0Ko-f', '4sKq5pgtYKmmJBA4xsGjyJd8N58PBSPUiR']],
      counterexamples: [
        ['1//0Ko', '-f4sKq5pgtYKmmJBA4xsGjyJd8'],
        ['x1//0Ko-', 'f4sKq5pgtYKmmJBA4xsGjyJd8N58PBSPUiR'],
      ],
    },
  ],
})
