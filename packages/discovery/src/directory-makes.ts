import type { DirectoryMake } from './directory-make.ts'

/** All makes of directories. Loaded when first asked for: whoever looks at hosts alone needs no room for them. */
export const directoryMakes = async (): Promise<readonly DirectoryMake[]> =>
  (await import('./directories/index.ts')).directoryMakes
