import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'mapbox',
  title: 'Secret tokens of Mapbox',
  service: 'mapbox',
  secret: 'token',
  kinds: [
    {
      begins: ['sk.eyJ'],
      pattern: /(?<![\w-])sk\.eyJ[\w-]{40,200}\.[\w-]{22}(?![\w-])/y,
      examples: [['sk.eyJq-PN', '6gNV3fTQzWCcMXctwBnZ2LR56AKp4Spfgmmw.aJSRmHTcK_JjJoW9zDLQdL']],
      counterexamples: [
        ['sk.eyJq-', 'PN6gNV3fTQzWCcMXctwBnZ2LR56AKp4Spfgmmw.aJSRmHTcK_JjJoW9'],
        ['xsk.eyJq-P', 'N6gNV3fTQzWCcMXctwBnZ2LR56AKp4Spfgmmw.aJSRmHTcK_JjJoW9zDLQdL'],
      ],
    },
  ],
})
