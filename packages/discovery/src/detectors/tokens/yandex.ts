import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'yandex',
  title: 'Tokens of Yandex Cloud',
  service: 'yandex',
  secret: 'token',
  kinds: [
    {
      begins: ['t1.'],
      pattern: /(?<![\w-])t1\.[\w=-]{20,200}\.[\w-]{86}={0,2}(?![\w-])/y,
      examples: [
        [
          't1.naM8',
          'vSsRcZjSu5EvyDqu.gPuW4_AegXuzws9MfW3QdFPkcbJ-yQZywZath2ZJQrP9THCiJ9bqcsEgofXnkYYwzdWM4gvBuu2LbZHr2U6msP',
        ],
      ],
      counterexamples: [
        [
          't1.na',
          'M8vSsRcZjSu5EvyDqu.gPuW4_AegXuzws9MfW3QdFPkcbJ-yQZywZath2ZJQrP9THCiJ9bqcsEgofXnkYYwzdWM4gvBuu2LbZHr',
        ],
        [
          'xt1.naM',
          '8vSsRcZjSu5EvyDqu.gPuW4_AegXuzws9MfW3QdFPkcbJ-yQZywZath2ZJQrP9THCiJ9bqcsEgofXnkYYwzdWM4gvBuu2LbZHr2U6msP',
        ],
      ],
    },
    {
      begins: ['AQVN'],
      pattern: /(?<![\w-])AQVN[\w-]{35,38}(?![\w-])/y,
      examples: [['AQVNrRwo', '2NZ27VsSL5Epf7t92oCN-ApkcxmTBE4']],
      counterexamples: [
        ['AQVNrR', 'wo2NZ27VsSL5Epf7t92oCN-Apkc'],
        ['xAQVNrRw', 'o2NZ27VsSL5Epf7t92oCN-ApkcxmTBE4'],
      ],
    },
  ],
})
