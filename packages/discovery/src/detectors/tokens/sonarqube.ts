import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'sonarqube',
  title: 'Tokens of SonarQube',
  service: 'sonarqube',
  secret: 'token',
  kinds: [
    {
      begins: ['squ_', 'sqp_', 'sqa_'],
      pattern: /(?<![\w-])(?:squ_|sqp_|sqa_)[a-f0-9]{40}(?![\w-])/y,
      examples: [['squ_8e01', '9bb8723d39553ccaccfab54d946a2d207dc6']],
      counterexamples: [
        ['squ_8e', '019bb8723d39553ccaccfab54d946a2d'],
        ['xsqu_8e0', '19bb8723d39553ccaccfab54d946a2d207dc6'],
      ],
    },
  ],
})
