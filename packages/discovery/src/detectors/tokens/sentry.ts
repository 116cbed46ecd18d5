import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'sentry',
  title: 'Tokens of Sentry',
  service: 'sentry',
  secret: 'token',
  kinds: [
    {
      begins: ['sntrys_eyJ'],
      pattern: /(?<![\w-])sntrys_eyJ[\w+/=-]{80,500}(?![\w+/=-])/y,
      examples: [['sntrys_eyJj9rB', '7NQuyevFKtoZmocZjRnebSHQM9NmyHQ86SsGNjtSwhQmfQknvHyionF7cuE4eJ8imiw6zHrxiGf6']],
      counterexamples: [
        ['sntrys_eyJj9', 'rB7NQuyevFKtoZmocZjRnebSHQM9NmyHQ86SsGNjtSwhQmfQ'],
        ['xsntrys_eyJj9r', 'B7NQuyevFKtoZmocZjRnebSHQM9NmyHQ86SsGNjtSwhQmfQknvHyionF7cuE4eJ8imiw6zHrxiGf6'],
      ],
    },
    {
      begins: ['sntryu_'],
      pattern: /(?<![\w-])sntryu_[a-f0-9]{64}(?![\w-])/y,
      examples: [['sntryu_c56f', '24b1c71b106e934d263b5ba0837bbf1b3ba3178b6e0e30f328549c488e00']],
      counterexamples: [
        ['sntryu_c5', '6f24b1c71b106e934d263b5ba0837bbf1b3ba3178b6e0e30f328549c'],
        ['xsntryu_c56', 'f24b1c71b106e934d263b5ba0837bbf1b3ba3178b6e0e30f328549c488e00'],
      ],
    },
  ],
})
