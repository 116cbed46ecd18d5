/** The part of the URL that holds the state of a page, as plain text: what somebody copies stays readable. */
export const parseSearch = (text: string): Record<string, string> => Object.fromEntries(new URLSearchParams(text))

export const stringifySearch = (search: Record<string, unknown>): string => {
  const kept = Object.entries(search).flatMap(([name, value]) =>
    typeof value === 'string' && value !== '' ? [[name, value]] : [],
  )
  return kept.length === 0 ? '' : `?${new URLSearchParams(kept).toString()}`
}

/** State of a table: filter text, sort as in the query, column ids in their order, and the id of the row whose drawer is open. */
export interface TableSearch {
  readonly filter?: string
  readonly sort?: string
  readonly columns?: string
  readonly open?: string
}

export const tableSearch = (search: Record<string, unknown>): TableSearch => ({
  ...word('filter', search, 2000),
  ...word('sort', search, 64),
  ...word('columns', search, 2000),
  ...word('open', search, 500),
})

/** What is open on a page of a list. */
export interface OpenSearch {
  readonly open?: string
}

export const openSearch = (search: Record<string, unknown>): OpenSearch => word('open', search, 200)

/** What the Reach page is asked: where somebody is, or where they get to. */
export interface ReachSearch {
  readonly from?: string
  readonly to?: string
  readonly ends?: string
}

export const reachSearch = (search: Record<string, unknown>): ReachSearch => ({
  ...word('from', search, 200),
  ...word('to', search, 200),
  ...(search['ends'] === 'root' ? { ends: 'root' } : {}),
})

const word = <Name extends string>(
  name: Name,
  search: Record<string, unknown>,
  max: number,
): { [key in Name]?: string } => {
  const value = search[name]
  return typeof value === 'string' && value !== '' && value.length <= max
    ? ({ [name]: value } as { [key in Name]: string })
    : {}
}
