import type { z } from 'zod'
import { text } from './text.ts'

/** The canonical text of a target: `local`, `ssh://host:22`, `ssh://user@[2001:db8::1]:22`, `ldaps://host:636`, `ldap://host:389`. */
export const targetId = text(512)
export type TargetId = z.output<typeof targetId>
