import { z } from 'zod'

/**
 * With whose rights a target was looked at. `root`: root itself or by sudo. `listed`: an ordinary account that sudo lets run a
 * list of commands. `user`: an ordinary account alone.
 */
export const rights = z.enum(['root', 'listed', 'user'])
export type Rights = z.output<typeof rights>
