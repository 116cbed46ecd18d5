import { tokenFamily } from '../detector.ts'
import { endsInBase62Crc } from '../checksums/base62-crc.ts'

export default tokenFamily({
  id: 'github',
  title: 'Tokens of GitHub: personal, OAuth, of apps and for refreshing',
  service: 'github',
  secret: 'token',
  kinds: [
    {
      begins: ['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'],
      // Refresh tokens are longer; all end in six characters of checksum.
      pattern: /gh[pousr]_[A-Za-z0-9]{36,251}(?![A-Za-z0-9_])/y,
      check: (token) => endsInBase62Crc(token.slice(4)),
      checked: true,
      examples: [['ghp_zQWBuTSOoRi4A9sp', 'HcVY5ncnsDkxkJ0mLq17']],
      counterexamples: [
        ['ghp_zQWBuTSOoRi4A9sp', 'HcVY5ncnsDkxkJ0mLq18'],
        ['ghp_', 'x'],
      ],
    },
    {
      begins: ['github_pat_'],
      pattern: /github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}(?![A-Za-z0-9_])/y,
      examples: [['github_pat_11ABCDEFG0abcdefGHIJKL', `_${'Zx9'.repeat(19)}Qw`]],
      counterexamples: [['github_pat_', '11ABCDEFG0_short']],
    },
  ],
})
