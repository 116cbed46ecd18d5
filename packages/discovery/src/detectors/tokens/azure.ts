import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'azure',
  title: 'Secrets of applications in Entra ID, keys of storage and queues of Azure, signatures of shared access',
  service: 'azure',
  secret: 'token',
  kinds: [
    {
      begins: ['7Q~', '8Q~'],
      before: /(?<![\w~.-])[\w~.-]{3}$/,
      pattern: /[\w~.-]{3}[78]Q~[\w~.-]{31,34}(?![\w~-])/y,
      examples: [['xY48Q~oak-leaf_7', 'RowanBirch12Alder5Elm.xy']],
      counterexamples: [
        ['xY48Q~', 'oak-leaf'],
        ['aaaxY48Q~oak-leaf_7', 'RowanBirch12Alder5Elm.xy'],
      ],
    },
    {
      begins: ['AccountKey=', 'accountKey='],
      apart: true,
      pattern: /[A-Za-z0-9+/]{86}==/y,
      examples: [
        ['AccountKey=b2FrLWxlYWYtNy1yb3dhbi0xOS1iaXJjaC0xMi1h', 'bGRlci01LWVsbS10cmVlLTMtd2lsbG93LTQtaGF6ZWwtOX=='],
      ],
      counterexamples: [['AccountKey=', 'b2FrLWxlYWY=']],
    },
    {
      begins: ['SharedAccessKey='],
      apart: true,
      pattern: /[A-Za-z0-9+/]{43}=(?!=)/y,
      examples: [['SharedAccessKey=b2FrLWxlYWYtNy1yb3dh', 'bi0xOS1iaXJjaC0xMi1hbGQ=']],
      counterexamples: [['SharedAccessKey=', 'b2FrLWxlYWY=']],
    },
    {
      begins: ['&sig='],
      apart: true,
      pattern: /(?:[A-Za-z0-9+/]|%2[BFbf]){43}(?:=|%3[Dd])/y,
      examples: [['&sig=b2FrLWxlYWYtNy1yb3dh', 'bi0xOS1iaXJjaC0xMi1hbGQ%3D']],
      counterexamples: [['&sig=', 'b2FrLWxlYWY%3D']],
    },
  ],
})
