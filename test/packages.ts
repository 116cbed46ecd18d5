import { LAB_PACKAGES } from './lab/packages.ts'

/** Every Debian package that a test needs beyond a base system with git and npm. */
export const packagesForTests: readonly string[] = [...new Set([...LAB_PACKAGES, 'ansible-core', 'chromium'])]
