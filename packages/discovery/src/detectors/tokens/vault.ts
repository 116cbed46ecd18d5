import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'vault',
  title: 'Tokens of HashiCorp Vault',
  service: 'vault',
  secret: 'token',
  kinds: [
    {
      begins: ['hvs.'],
      pattern: /(?<![\w-])hvs\.[\w-]{24,300}(?![\w-])/y,
      examples: [['hvs.vmWu', 'semtWfnAgys7giXokaR5']],
      counterexamples: [
        ['hvs.vm', 'WusemtWfnAgys7gi'],
        ['xhvs.vmW', 'usemtWfnAgys7giXokaR5'],
      ],
    },
    {
      begins: ['hvb.', 'hvr.'],
      pattern: /(?<![\w-])(?:hvb\.|hvr\.)[\w-]{90,300}(?![\w-])/y,
      examples: [
        ['hvb.r3y8', 'aYwEbjTqtu5WEr4ktQqzSS_6g7xYjognQKEzjZjPjL5ZRuMK5tfMr57-s8_CWaZ685dHcKvSaGZYt4jjVetFTb'],
      ],
      counterexamples: [
        ['hvb.r3', 'y8aYwEbjTqtu5WEr4ktQqzSS_6g7xYjognQKEzjZjPjL5ZRuMK5tfMr57-'],
        ['xhvb.r3y', '8aYwEbjTqtu5WEr4ktQqzSS_6g7xYjognQKEzjZjPjL5ZRuMK5tfMr57-s8_CWaZ685dHcKvSaGZYt4jjVetFTb'],
      ],
    },
  ],
})
