import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'anthropic',
  title: 'Keys of Anthropic',
  service: 'anthropic',
  secret: 'token',
  kinds: [
    {
      begins: ['sk-ant-api03-', 'sk-ant-admin01-', 'sk-ant-oat01-', 'sk-ant-ort01-'],
      pattern: /(?<![\w-])(?:sk-ant-api03-|sk-ant-admin01-|sk-ant-oat01-|sk-ant-ort01-)[\w-]{80,108}(?![\w-])/y,
      examples: [['sk-ant-api03-CpuY', 'eAuEjQGcZibsmnK9Nchbe2q-oXvjy5FLZWZE5ViMHs-UvX5i9crLjU5iPi-NcMDrnpGYnrrxCvcA']],
      counterexamples: [
        ['sk-ant-api03-Cp', 'uYeAuEjQGcZibsmnK9Nchbe2q-oXvjy5FLZWZE5ViMHs-UvX5i9crLjU5i'],
        ['xsk-ant-api03-Cpu', 'YeAuEjQGcZibsmnK9Nchbe2q-oXvjy5FLZWZE5ViMHs-UvX5i9crLjU5iPi-NcMDrnpGYnrrxCvcA'],
      ],
    },
  ],
})
