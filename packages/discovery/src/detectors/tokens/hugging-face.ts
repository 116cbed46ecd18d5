import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'hugging-face',
  title: 'Tokens of Hugging Face',
  service: 'huggingface',
  secret: 'token',
  kinds: [
    {
      begins: ['hf_', 'api_org_'],
      pattern: /(?<![\w-])(?:hf_|api_org_)[A-Za-z]{34}(?![\w-])/y,
      examples: [['hf_AVwv', 'mAVbGoAtBNMhmnTskiKnNcpHKLjziG']],
      counterexamples: [
        ['hf_AV', 'wvmAVbGoAtBNMhmnTskiKnNcpH'],
        ['xhf_AVw', 'vmAVbGoAtBNMhmnTskiKnNcpHKLjziG'],
      ],
    },
  ],
})
