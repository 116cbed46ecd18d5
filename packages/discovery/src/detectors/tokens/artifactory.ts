import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'artifactory',
  title: 'Keys and tokens of Artifactory',
  service: 'artifactory',
  secret: 'token',
  kinds: [
    {
      begins: ['AKCp'],
      pattern: /(?<![\w-])AKCp[A-Za-z0-9]{69}(?![\w-])/y,
      examples: [['AKCpyfCW', 'gJATKNoniCbMyosTrzRU2kBcmcsF4urahwZvTWL6nh5D3kYJNj49DLVyjLuVDoVa2']],
      counterexamples: [
        ['AKCpyf', 'CWgJATKNoniCbMyosTrzRU2kBcmcsF4urahwZvTWL6nh5D3kYJNj49DLVyjLu'],
        ['xAKCpyfC', 'WgJATKNoniCbMyosTrzRU2kBcmcsF4urahwZvTWL6nh5D3kYJNj49DLVyjLuVDoVa2'],
      ],
    },
    {
      begins: ['cmVmdGtu'],
      pattern: /(?<![\w-])cmVmdGtu[A-Za-z0-9]{56}(?![\w-])/y,
      examples: [['cmVmdGtuZvMT', 'VgNqWebGuSZbWa3gTHPqei6crL2WCKTzkgtm7tczETbZwbj4U7rH']],
      counterexamples: [
        ['cmVmdGtuZv', 'MTVgNqWebGuSZbWa3gTHPqei6crL2WCKTzkgtm7tczETbZwb'],
        ['xcmVmdGtuZvM', 'TVgNqWebGuSZbWa3gTHPqei6crL2WCKTzkgtm7tczETbZwbj4U7rH'],
      ],
    },
  ],
})
