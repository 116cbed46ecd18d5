import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'grafana',
  title: 'Tokens of Grafana: service accounts, cloud',
  service: 'grafana',
  secret: 'token',
  kinds: [
    {
      begins: ['glsa_'],
      pattern: /(?<![\w-])glsa_[A-Za-z0-9]{32}_[a-f0-9]{8}(?![\w-])/y,
      examples: [['glsa_XKhi', 'g8C46CEMq5supb6gLv7ebQ8qjEZX_694165be']],
      counterexamples: [
        ['glsa_XK', 'hig8C46CEMq5supb6gLv7ebQ8qjEZX_69'],
        ['xglsa_XKh', 'ig8C46CEMq5supb6gLv7ebQ8qjEZX_694165be'],
      ],
    },
    {
      begins: ['glc_eyJ'],
      pattern: /(?<![\w-])glc_eyJ[A-Za-z0-9+/]{60,500}={0,2}(?![\w+/])/y,
      examples: [['glc_eyJXnfa', 'YWAXogXQBRf9pCrKxtKTaTEiSYnnjoJvCm2G8N2drnrGZ3U33R83KuEV']],
      counterexamples: [
        ['glc_eyJXn', 'faYWAXogXQBRf9pCrKxtKTaTEiSYnnjoJvCm2G'],
        ['xglc_eyJXnf', 'aYWAXogXQBRf9pCrKxtKTaTEiSYnnjoJvCm2G8N2drnrGZ3U33R83KuEV'],
      ],
    },
    {
      begins: ['eyJrIjoi'],
      pattern: /(?<![\w-])eyJrIjoi[A-Za-z0-9+/]{60,120}={0,2}(?![\w+/.])/y,
      examples: [['eyJrIjoizXyZ', 'i7rRY8mwbXDwXtW93giZR4RYKJPA98tfbebn2VLoEKVxVSxnmtXENoFo']],
      counterexamples: [
        ['eyJrIjoizX', 'yZi7rRY8mwbXDwXtW93giZR4RYKJPA98tfbebn'],
        ['xeyJrIjoizXy', 'Zi7rRY8mwbXDwXtW93giZR4RYKJPA98tfbebn2VLoEKVxVSxnmtXENoFo'],
      ],
    },
  ],
})
