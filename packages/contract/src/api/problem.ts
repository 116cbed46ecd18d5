import { z } from 'zod'

/** An error as the API answers it: RFC 9457, `application/problem+json`. `code` is for programs, `detail` for people. */
export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string().optional(),
  code: z.string(),
  /** What is wrong with which field of the request, as a JSON pointer (RFC 6901). */
  errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
})
export type Problem = z.output<typeof problem>
