import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'gitlab',
  title: 'Tokens of GitLab: personal, of runners, deployments, agents, feeds, mail',
  service: 'gitlab',
  secret: 'token',
  kinds: [
    {
      begins: ['glpat-'],
      // Also those that tell where they belong, behind a dot.
      pattern: /(?<![\w-])glpat-[\w-]{20,300}(?:\.[a-z0-9]{2}\.[a-z0-9]{9}|\.[a-z0-9]{9})?(?![\w-])/y,
      examples: [['glpat-UwjU', 'fff2H-mNVFgBUfE5']],
      counterexamples: [
        ['glpat-Uw', 'jUfff2H-mNVF'],
        ['xglpat-Uwj', 'Ufff2H-mNVFgBUfE5'],
      ],
    },
    {
      begins: ['gldt-', 'glcbt-', 'glft-', 'glimt-', 'glffct-', 'glrtr-', 'glwt-'],
      pattern: /(?<![\w-])(?:gldt-|glcbt-|glft-|glimt-|glffct-|glrtr-|glwt-)[\w-]{20,64}(?![\w-])/y,
      examples: [['gldt-ieTa', 'P_PEoFKyjSZJp5ri']],
      counterexamples: [
        ['gldt-ie', 'TaP_PEoFKyjS'],
        ['xgldt-ieT', 'aP_PEoFKyjSZJp5ri'],
      ],
    },
    {
      begins: ['glrt-'],
      pattern: /(?<![\w-])glrt-[\w-]{20,300}(?:\.[a-z0-9]{2}\.[a-z0-9]{9})?(?![\w-])/y,
      examples: [['glrt-T9Hw', 'ZQh-9hbBLAhuebVx']],
      counterexamples: [
        ['glrt-T9', 'HwZQh-9hbBLA'],
        ['xglrt-T9H', 'wZQh-9hbBLAhuebVx'],
      ],
    },
    {
      begins: ['glptt-'],
      pattern: /(?<![\w-])glptt-[a-f0-9]{40}(?![\w-])/y,
      examples: [['glptt-4dbc', 'a3a0aac36098b2cc2bd818319478da6bd0c6']],
      counterexamples: [
        ['glptt-4d', 'bca3a0aac36098b2cc2bd818319478da'],
        ['xglptt-4db', 'ca3a0aac36098b2cc2bd818319478da6bd0c6'],
      ],
    },
    {
      begins: ['glagent-'],
      pattern: /(?<![\w-])glagent-[\w-]{50,1024}(?![\w-])/y,
      examples: [['glagent-xFDx', 'ceqzJs8UhD_mJLgcXUVSyysSbsRVgmtbHLsLEPi-4hmQe_']],
      counterexamples: [
        ['glagent-xF', 'DxceqzJs8UhD_mJLgcXUVSyysSbsRVgmtbHLsLEPi-'],
        ['xglagent-xFD', 'xceqzJs8UhD_mJLgcXUVSyysSbsRVgmtbHLsLEPi-4hmQe_'],
      ],
    },
    {
      begins: ['gloas-'],
      pattern: /(?<![\w-])gloas-[a-f0-9]{64}(?![\w-])/y,
      examples: [['gloas-aed4', '6725a2a7b860dcd6c8a1f8b46287cced9041dff02cee737443e210471948']],
      counterexamples: [
        ['gloas-ae', 'd46725a2a7b860dcd6c8a1f8b46287cced9041dff02cee737443e210'],
        ['xgloas-aed', '46725a2a7b860dcd6c8a1f8b46287cced9041dff02cee737443e210471948'],
      ],
    },
    {
      begins: ['glsoat-'],
      pattern: /(?<![\w-])glsoat-[\w-]{20,64}(?![\w-])/y,
      examples: [['glsoat-jrdv', 'zHGEVjoNaSQ3pAAk']],
      counterexamples: [
        ['glsoat-jr', 'dvzHGEVjoNaS'],
        ['xglsoat-jrd', 'vzHGEVjoNaSQ3pAAk'],
      ],
    },
    {
      begins: ['GR1348941'],
      pattern: /(?<![\w-])GR1348941[\w-]{20}(?![\w-])/y,
      examples: [['GR1348941VfTW', 's69RgjRmRBcwsVDB']],
      counterexamples: [
        ['GR1348941Vf', 'TWs69RgjRmRB'],
        ['xGR1348941VfT', 'Ws69RgjRmRBcwsVDB'],
      ],
    },
  ],
})
