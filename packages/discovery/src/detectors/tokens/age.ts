import { isBech32 } from '../checksums/bech32.ts'
import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'age',
  title: 'Identities of age',
  service: 'age',
  secret: 'private-key',
  kinds: [
    {
      begins: ['AGE-SECRET-KEY-1'],
      pattern: /AGE-SECRET-KEY-1[02-9AC-HJ-NP-Z]{58}(?![\w-])/y,
      check: isBech32,
      checked: true,
      tells: () => ({ valueClass: 'key' }),
      examples: [['AGE-SECRET-KEY-10RHN', 'SMGD5GUZX7EUTK3N59HY7FU5V96JRDDXNYX3GPAWT34SPTQQMF5A2Y']],
      counterexamples: [['AGE-SECRET-KEY-10RHN', 'SMGD5GUZX7EUTK3N59HY7FU5V96JRDDXNYX3GPAWT34SPTQQMFA2Y5']],
    },
  ],
})
