/*
 * That part of the face which reading a directory takes. Who imports this alone loads nothing that speaks SSH.
 */
export { openDirectory } from './open-directory.ts'
export { ReachError } from './reach-error.ts'
