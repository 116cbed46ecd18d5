import { trustDone } from '@rollcall/contract/api'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { request } from '../server/request.ts'

/** Decides something about keys, and has everything that tells of them read again. */
export const useDecision = (path: string, done: (changed: number) => void) => {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (body: object) => request(`/api/v1/trust/${path}`, trustDone, { method: 'POST', body }),
    onSuccess: async ({ changed }) => {
      await Promise.all(
        [['trust'], ['view', 'trust'], ['row', 'trust']].map((queryKey) => client.invalidateQueries({ queryKey })),
      )
      done(changed)
    },
  })
}
