import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'docker-hub',
  title: 'Tokens of Docker Hub, and those with which hosts join a swarm',
  service: 'docker',
  secret: 'token',
  kinds: [
    {
      begins: ['dckr_pat_'],
      pattern: /(?<![\w-])dckr_pat_[\w-]{27}(?![\w-])/y,
      examples: [['dckr_pat_SQsC', 'HX-yv7SwDTrmudu3_jSUs-P']],
      counterexamples: [
        ['dckr_pat_SQ', 'sCHX-yv7SwDTrmudu3_'],
        ['xdckr_pat_SQs', 'CHX-yv7SwDTrmudu3_jSUs-P'],
      ],
    },
    {
      begins: ['dckr_oat_'],
      pattern: /(?<![\w-])dckr_oat_[\w-]{32}(?![\w-])/y,
      examples: [['dckr_oat_F9iA', 'LS-R6yNLy_WN9aXpRa_7r_vt6kgg']],
      counterexamples: [
        ['dckr_oat_F9', 'iALS-R6yNLy_WN9aXpRa_7r_'],
        ['xdckr_oat_F9i', 'ALS-R6yNLy_WN9aXpRa_7r_vt6kgg'],
      ],
    },
    {
      begins: ['SWMTKN-1-'],
      pattern: /(?<![\w-])SWMTKN-1-[a-z0-9]{50}-[a-z0-9]{25}(?![\w-])/y,
      examples: [['SWMTKN-1-ab4p', 'uo2ekjcbhgkxjbbciceceynezgqoohccft7gigotvw4rbx-rtdyv97tb3b4gx7doftk4antd']],
      counterexamples: [
        ['SWMTKN-1-ab', '4puo2ekjcbhgkxjbbciceceynezgqoohccft7gigotvw4rbx-rtdyv97tb3b4gx7doft'],
        ['xSWMTKN-1-ab4', 'puo2ekjcbhgkxjbbciceceynezgqoohccft7gigotvw4rbx-rtdyv97tb3b4gx7doftk4antd'],
      ],
    },
  ],
})
