import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'doppler',
  title: 'Tokens of Doppler',
  service: 'doppler',
  secret: 'token',
  kinds: [
    {
      begins: ['dp.pt.', 'dp.ct.', 'dp.sa.', 'dp.scim.', 'dp.audit.', 'dp.said.'],
      pattern: /(?<![\w-])(?:dp\.pt\.|dp\.ct\.|dp\.sa\.|dp\.scim\.|dp\.audit\.|dp\.said\.)[A-Za-z0-9]{40,44}(?![\w-])/y,
      examples: [['dp.pt.ZCwz', 'Ucdsp4SYRa7oJqN7woZEtPX8EFzeabjchsz3']],
      counterexamples: [
        ['dp.pt.ZC', 'wzUcdsp4SYRa7oJqN7woZEtPX8EFzeab'],
        ['xdp.pt.ZCw', 'zUcdsp4SYRa7oJqN7woZEtPX8EFzeabjchsz3'],
      ],
    },
    {
      begins: ['dp.st.'],
      pattern: /(?<![\w-])dp\.st\.[\w-]{2,35}\.[A-Za-z0-9]{40,44}(?![\w-])/y,
      examples: [['dp.st.BG.o', 'nffv6dcgM9EebhJiz5AtQyNbkCuUmX2a2fHFQ7E']],
      counterexamples: [
        ['dp.st.BG', '.onffv6dcgM9EebhJiz5AtQyNbkCuUmX2a2'],
        ['xdp.st.BG.', 'onffv6dcgM9EebhJiz5AtQyNbkCuUmX2a2fHFQ7E'],
      ],
    },
  ],
})
