import { setFlagsFromString } from 'node:v8'

/**
 * Has this process collect its garbage soon rather than grow by it: looking through files makes much of it and keeps next to nothing.
 * Limits nothing, so that a file that needs memory gets it.
 */
export const collectSoon = () => {
  setFlagsFromString('--semi-space-growth-factor=1')
  setFlagsFromString('--heap-growing-percent=50')
}
