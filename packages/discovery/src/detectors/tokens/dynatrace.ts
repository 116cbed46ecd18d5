import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'dynatrace',
  title: 'Tokens of Dynatrace',
  service: 'dynatrace',
  secret: 'token',
  kinds: [
    {
      begins: ['dt0c01.', 'dt0s01.', 'dt0s02.', 'dt0s03.', 'dt0s04.', 'dt0s06.', 'dt0s08.', 'dt0s16.'],
      pattern:
        /(?<![\w-])(?:dt0c01\.|dt0s01\.|dt0s02\.|dt0s03\.|dt0s04\.|dt0s06\.|dt0s08\.|dt0s16\.)[A-Z2-7]{8,24}\.[A-Z2-7]{64}(?![\w-])/y,
      examples: [['dt0c01.LTW5', 'W3E7.ULRQBKRPBNDZ4MSGMPDIDFEVIAMRAUBNUUB7ZVLD2CFV7ZQ5ABUUD2VKFBJNJFWX']],
      counterexamples: [
        ['dt0c01.LT', 'W5W3E7.ULRQBKRPBNDZ4MSGMPDIDFEVIAMRAUBNUUB7ZVLD2CFV7ZQ5ABUUD2VKFB'],
        ['xdt0c01.LTW', '5W3E7.ULRQBKRPBNDZ4MSGMPDIDFEVIAMRAUBNUUB7ZVLD2CFV7ZQ5ABUUD2VKFBJNJFWX'],
      ],
    },
  ],
})
