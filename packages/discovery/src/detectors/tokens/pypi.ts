import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'pypi',
  title: 'Tokens of PyPI',
  service: 'pypi',
  secret: 'token',
  kinds: [
    {
      begins: ['pypi-AgEIcHlwaS5vcmc', 'pypi-AgENdGVzdC5weXBpLm9yZw'],
      pattern: /(?<![\w-])(?:pypi-AgEIcHlwaS5vcmc|pypi-AgENdGVzdC5weXBpLm9yZw)[\w-]{50,1000}(?![\w-])/y,
      examples: [['pypi-AgEIcHlwaS5vcmcJB7E', 'qxv5HNJ9hU4_3Lu3xQE6YqzSLW-qT-5fKSi_gPoSqiRWZC']],
      counterexamples: [
        ['pypi-AgEIcHlwaS5vcmcJB', '7Eqxv5HN'],
        ['xpypi-AgEIcHlwaS5vcmcJB7', 'Eqxv5HNJ9hU4_3Lu3xQE6YqzSLW-qT-5fKSi_gPoSqiRWZC'],
      ],
    },
  ],
})
