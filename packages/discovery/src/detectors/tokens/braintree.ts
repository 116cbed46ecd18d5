import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'braintree',
  title: 'Tokens of Braintree',
  service: 'braintree',
  secret: 'token',
  kinds: [
    {
      begins: ['access_token$production$', 'access_token$sandbox$'],
      pattern: /(?<![\w-])(?:access_token\$production\$|access_token\$sandbox\$)[a-z0-9]{16}\$[a-f0-9]{32}(?![\w-])/y,
      examples: [['access_token$production$v2dv', 'jxq4aygmev4n$074dce1118813830d71939b53182e4e3']],
      counterexamples: [
        ['access_token$production$v2', 'dvjxq4aygmev4n$074dce1118813830d71939b531'],
        ['xaccess_token$production$v2d', 'vjxq4aygmev4n$074dce1118813830d71939b53182e4e3'],
      ],
    },
  ],
})
