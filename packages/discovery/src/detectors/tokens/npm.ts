import { endsInBase62Crc } from '../checksums/base62-crc.ts'
import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'npm',
  title: 'Tokens of npm',
  service: 'npm',
  secret: 'token',
  kinds: [
    {
      begins: ['npm_'],
      pattern: /(?<![\w-])npm_[A-Za-z0-9]{36}(?![\w-])/y,
      check: (token) => endsInBase62Crc(token.slice(4)),
      checked: true,
      examples: [['npm_oAkLeaf7Ro', 'wanBirch12AlderElm3x2rBOVp']],
      counterexamples: [['npm_oAkLeaf7Ro', 'wanBirch12AlderElm3x2rBOVa']],
    },
  ],
})
