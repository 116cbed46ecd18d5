import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'circleci',
  title: 'Tokens of CircleCI',
  service: 'circleci',
  secret: 'token',
  kinds: [
    {
      begins: ['CCIPAT_', 'CCIPRJ_'],
      pattern: /(?<![\w-])(?:CCIPAT_|CCIPRJ_)[A-Za-z0-9]{22}_[a-f0-9]{40}(?![\w-])/y,
      examples: [['CCIPAT_fu9w', 'qfNXqNHbLUzNEyjBe2_66869002b6d08b5ab9315bd0e3a34bff2aaf438c']],
      counterexamples: [
        ['CCIPAT_fu', '9wqfNXqNHbLUzNEyjBe2_66869002b6d08b5ab9315bd0e3a34bff2a'],
        ['xCCIPAT_fu9', 'wqfNXqNHbLUzNEyjBe2_66869002b6d08b5ab9315bd0e3a34bff2aaf438c'],
      ],
    },
  ],
})
