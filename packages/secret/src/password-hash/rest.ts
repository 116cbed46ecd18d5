/**
 * Asked now and then by long computations: a promise where it is time to let others have the processor, undefined where it is not.
 */
export type Rest = () => Promise<void> | undefined
