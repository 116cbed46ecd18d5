import {
  accountDetail,
  agentDetail,
  agentList,
  credentialList,
  directoryAccountDetail,
  directoryDetail,
  directoryGroupDetail,
  exceptionList,
  hostDetail,
  joinTokenList,
  loginList,
  overview,
  policyAnswer,
  reachAnswer,
  reachSummary,
  scanDetail,
  scanList,
  scheduleList,
  session,
  targetSetList,
  trustSummary,
  tokenList,
  viewList,
  viewPage,
  type ViewPage,
} from '@rollcall/contract/api'
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import { request } from './request.ts'

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: ({ signal }) => request('/api/v1/session', session, { signal }),
  staleTime: 5 * 60_000,
})

export const viewsQuery = queryOptions({
  queryKey: ['views'],
  queryFn: async ({ signal }) => (await request('/api/v1/views', viewList, { signal })).views,
  staleTime: Infinity,
})

export const overviewQuery = queryOptions({
  queryKey: ['overview'],
  queryFn: ({ signal }) => request('/api/v1/overview', overview, { signal }),
})

export const accountQuery = (id: string) =>
  queryOptions({
    queryKey: ['account', id],
    queryFn: ({ signal }) => request(`/api/v1/accounts/${encodeURIComponent(id)}`, accountDetail, { signal }),
  })

export const hostQuery = (id: string) =>
  queryOptions({
    queryKey: ['host', id],
    queryFn: ({ signal }) => request(`/api/v1/hosts/${encodeURIComponent(id)}`, hostDetail, { signal }),
  })

export const directoryQuery = (id: string) =>
  queryOptions({
    queryKey: ['directory', id],
    queryFn: ({ signal }) => request(`/api/v1/directories/${encodeURIComponent(id)}`, directoryDetail, { signal }),
  })

export const directoryAccountQuery = (id: string) =>
  queryOptions({
    queryKey: ['directory-account', id],
    queryFn: ({ signal }) =>
      request(`/api/v1/directory-accounts/${encodeURIComponent(id)}`, directoryAccountDetail, { signal }),
  })

export const directoryGroupQuery = (id: string) =>
  queryOptions({
    queryKey: ['directory-group', id],
    queryFn: ({ signal }) =>
      request(`/api/v1/directory-groups/${encodeURIComponent(id)}`, directoryGroupDetail, { signal }),
  })

export const scansQuery = queryOptions({
  queryKey: ['scans'],
  queryFn: async ({ signal }) => (await request('/api/v1/scans', scanList, { signal })).scans,
})

export const schedulesQuery = queryOptions({
  queryKey: ['schedules'],
  queryFn: async ({ signal }) => (await request('/api/v1/schedules', scheduleList, { signal })).schedules,
})

export const scanQuery = (id: string) =>
  queryOptions({
    queryKey: ['scan', id],
    queryFn: ({ signal }) => request(`/api/v1/scans/${encodeURIComponent(id)}`, scanDetail, { signal }),
  })

export const targetsQuery = queryOptions({
  queryKey: ['targets'],
  queryFn: async ({ signal }) => (await request('/api/v1/targets', targetSetList, { signal })).targets,
})

export const tokensQuery = queryOptions({
  queryKey: ['tokens'],
  queryFn: async ({ signal }) => (await request('/api/v1/tokens', tokenList, { signal })).tokens,
})

export const exceptionsQuery = queryOptions({
  queryKey: ['exceptions'],
  queryFn: async ({ signal }) => (await request('/api/v1/exceptions', exceptionList, { signal })).exceptions,
})

export const credentialsQuery = queryOptions({
  queryKey: ['credentials'],
  queryFn: ({ signal }) => request('/api/v1/credentials', credentialList, { signal }),
})

export const agentsQuery = queryOptions({
  queryKey: ['agents'],
  queryFn: ({ signal }) => request('/api/v1/agents', agentList, { signal }),
})

export const agentQuery = (id: string) =>
  queryOptions({
    queryKey: ['agents', id],
    queryFn: ({ signal }) => request(`/api/v1/agents/${encodeURIComponent(id)}`, agentDetail, { signal }),
  })

export const joinTokensQuery = queryOptions({
  queryKey: ['join-tokens'],
  queryFn: async ({ signal }) => (await request('/api/v1/join-tokens', joinTokenList, { signal })).tokens,
})

export const policyQuery = queryOptions({
  queryKey: ['policy'],
  queryFn: ({ signal }) => request('/api/v1/policy', policyAnswer, { signal }),
})

export const trustQuery = queryOptions({
  queryKey: ['trust'],
  queryFn: ({ signal }) => request('/api/v1/trust', trustSummary, { signal }),
})

/** How many keys a filter matches that were only seen. */
export const approvableQuery = (filter: string) =>
  queryOptions({
    queryKey: ['trust', 'approvable', filter],
    queryFn: async ({ signal }) => {
      const only = `${filter} state:first-use,collected`.trim()
      return (await request(viewAddress('trust', { filter: only, limit: '1' }), viewPage, { signal })).count ?? 0
    },
  })

export const loginsQuery = queryOptions({
  queryKey: ['logins'],
  queryFn: async ({ signal }) => (await request('/api/v1/logins', loginList, { signal })).logins,
})

/** What one place reaches, or who reaches it. */
export const reachQuery = (query: Readonly<Record<string, string>>) =>
  queryOptions({
    queryKey: ['reach', query],
    queryFn: ({ signal }) => request(`/api/v1/reach?${new URLSearchParams(query).toString()}`, reachAnswer, { signal }),
    staleTime: 60_000,
  })

export const reachSummaryQuery = queryOptions({
  queryKey: ['reach', 'summary'],
  queryFn: ({ signal }) => request('/api/v1/reach/summary', reachSummary, { signal }),
  staleTime: 60_000,
})

const FOUND = '6'

/** The first few rows of a view that match, uncounted. */
export const foundQuery = (view: string, filter: string) =>
  queryOptions({
    queryKey: ['found', view, filter],
    queryFn: ({ signal }) => request(viewAddress(view, { filter, limit: FOUND, count: 'none' }), viewPage, { signal }),
    staleTime: 60_000,
  })

const PAGE = 200

/** Rows of a view, page by page. Matches are counted once, with the first page. */
export const rowsQuery = (view: string, filter: string, sort: string) =>
  infiniteQueryOptions({
    queryKey: ['view', view, filter, sort],
    queryFn: ({ signal, pageParam }) =>
      request(
        viewAddress(view, {
          filter,
          sort,
          limit: String(PAGE),
          cursor: pageParam,
          count: pageParam === '' ? 'exact' : 'none',
        }),
        viewPage,
        {
          signal,
        },
      ),
    initialPageParam: '',
    getNextPageParam: (page: ViewPage) => page.next ?? undefined,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  })

/** One row of a view, by its id. */
export const rowQuery = (view: string, id: string) =>
  queryOptions({
    queryKey: ['row', view, id],
    queryFn: async ({ signal }) => {
      const filter = `id:"${id.replaceAll(/(["\\])/g, '\\$1')}"`
      return (
        (await request(viewAddress(view, { filter, limit: '1', count: 'none' }), viewPage, { signal })).rows[0] ?? null
      )
    },
  })

/** The URL of a view's rows; the same with `format: 'csv'` is the download. */
export const viewAddress = (view: string, query: Readonly<Record<string, string | undefined>>): string => {
  const kept = Object.entries(query).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, value]],
  )
  return `/api/v1/views/${encodeURIComponent(view)}?${new URLSearchParams(kept).toString()}`
}
