import { tokenFamily } from '../detector.ts'

export default tokenFamily({
  id: 'one-password',
  title: 'Tokens of service accounts and secret keys of 1Password',
  service: '1password',
  secret: 'token',
  kinds: [
    {
      begins: ['ops_eyJ'],
      pattern: /(?<![\w-])ops_eyJ[\w+/=-]{200,2000}(?![\w+/=-])/y,
      examples: [
        [
          'ops_eyJn5AG',
          'hF7zPnfD5uNwXg8Dmvyc6oJc5D8rKWXNjAMkTjSFWaSt7Vmbi9cuDVVR8a4d7kSVNJDPksZfthwoKZ4XNfwmtDxWAkEcn5WCTQ3eUNwP4oqfbxeP9PDMd7rHDJ89E5phMAxmy4LhQuxuyU4Pk6LK2wPjGfGN3FDcQt6SweudK8DvJCL6eUzQ8o4WwmxKVSWm6PK4',
        ],
      ],
      counterexamples: [
        [
          'ops_eyJn5',
          'AGhF7zPnfD5uNwXg8Dmvyc6oJc5D8rKWXNjAMkTjSFWaSt7Vmbi9cuDVVR8a4d7kSVNJDPksZfthwoKZ4XNfwmtDxWAkEcn5WC',
        ],
        [
          'xops_eyJn5A',
          'GhF7zPnfD5uNwXg8Dmvyc6oJc5D8rKWXNjAMkTjSFWaSt7Vmbi9cuDVVR8a4d7kSVNJDPksZfthwoKZ4XNfwmtDxWAkEcn5WCTQ3eUNwP4oqfbxeP9PDMd7rHDJ89E5phMAxmy4LhQuxuyU4Pk6LK2wPjGfGN3FDcQt6SweudK8DvJCL6eUzQ8o4WwmxKVSWm6PK4',
        ],
      ],
    },
    {
      begins: ['A3-'],
      pattern: /(?<![\w-])A3-[A-Z0-9]{6}-[A-Z0-9]{6}-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5}(?![\w-])/y,
      examples: [['A3-Q3CW', '2K-UQFN7K-M5X3H-CYHPE-U9YB9-FN9TV']],
      counterexamples: [
        ['A3-Q3', 'CW2K-UQFN7K-M5X3H-CYHPE-U9YB9'],
        ['xA3-Q3C', 'W2K-UQFN7K-M5X3H-CYHPE-U9YB9-FN9TV'],
      ],
    },
    {
      begins: ['A3-'],
      pattern: /(?<![\w-])A3-[A-Z0-9]{6}-[A-Z0-9]{11}-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5}(?![\w-])/y,
      examples: [['A3-FNJ8', 'TQ-VCGAYNKVDMX-Y68RX-ZMHVE-7GHL3']],
      counterexamples: [
        ['A3-FN', 'J8TQ-VCGAYNKVDMX-Y68RX-ZMHVE'],
        ['xA3-FNJ', '8TQ-VCGAYNKVDMX-Y68RX-ZMHVE-7GHL3'],
      ],
    },
  ],
})
