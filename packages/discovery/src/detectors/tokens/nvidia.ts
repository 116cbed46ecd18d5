import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'nvidia',
  title: 'Keys of NVIDIA',
  service: 'nvidia',
  secret: 'token',
  kinds: [
    {
      begins: ['nvapi-'],
      pattern: /(?<![\w-])nvapi-[\w-]{64}(?![\w-])/y,
      examples: [['nvapi-utKp', 'f62b6PHvUAZhPCD-TVNHvVeHLWefnZULmECAfzhFywXynSGshdhN3kWAY_Fs']],
      counterexamples: [
        ['nvapi-ut', 'Kpf62b6PHvUAZhPCD-TVNHvVeHLWefnZULmECAfzhFywXynSGshdhN3k'],
        ['xnvapi-utK', 'pf62b6PHvUAZhPCD-TVNHvVeHLWefnZULmECAfzhFywXynSGshdhN3kWAY_Fs'],
      ],
    },
  ],
})
