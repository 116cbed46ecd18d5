import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { viewsQuery } from '../server/queries.ts'
import { allowedFilter } from '../table/known-views.ts'

interface Props {
  view: string
  filter: string
  sort?: string
  className?: string | undefined
  children: ReactNode
}

/** Leads to the rows behind a figure. Where the server's view lacks a field of the filter, to the whole list. */
export const ListLink = ({ view, filter, sort = '', className, children }: Props) => {
  const { data: views } = useQuery(viewsQuery)
  const search = {
    filter:
      views === undefined
        ? filter
        : allowedFilter(
            views.find(({ id }) => id === view),
            filter,
          ),
    sort,
  }
  const look = className === undefined ? {} : { className }
  if (view === 'accounts' || view === 'hosts' || view === 'directories') {
    return (
      <Link to={`/${view}`} search={search} {...look}>
        {children}
      </Link>
    )
  }
  return (
    <Link to="/explore/$view" params={{ view }} search={search} {...look}>
      {children}
    </Link>
  )
}
