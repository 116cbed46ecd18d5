/*
 * That part of the face which looking at a directory takes. Who imports this alone loads no probe: half of what there is.
 */
export { listComputers } from './directory-computers.ts'
export { directoryMakes } from './directory-makes.ts'
export { scanDirectory } from './scan-directory.ts'
