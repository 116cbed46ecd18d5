import { watched } from './watched.ts'

const reachable = watched(true)

/** Whether the server answered the last question that was asked. */
export const reachability = {
  answered: () => reachable.set(true),
  lost: () => reachable.set(false),
  use: reachable.use,
}
