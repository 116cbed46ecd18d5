import { labPackages } from './lab/packages.ts'

/** Every Debian package that a test needs beyond a base system with git and npm. */
export const packagesForTests: readonly string[] = [...new Set([...labPackages, 'ansible-core', 'chromium'])]
