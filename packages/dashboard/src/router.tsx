import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Link } from '@tanstack/react-router'
import { Directories } from './directories/directories.tsx'
import { Overview } from './pages/overview.tsx'
import { ScanPage } from './pages/scan.tsx'
import { Scans } from './pages/scans.tsx'
import { Settings } from './pages/settings.tsx'
import { Targets } from './pages/targets.tsx'
import { ViewPage } from './pages/view-page.tsx'
import { openSearch, parseSearch, reachSearch, stringifySearch, tableSearch } from './search.ts'
import { Page } from './shell/page.tsx'
import { Shell } from './shell/shell.tsx'
import { Empty, Failure } from './ui/notice.tsx'

const root = createRootRoute({
  component: Shell,
  notFoundComponent: () => (
    <Page title="Not found">
      <Empty title="There is no such page">
        <Link to="/">To the overview</Link>
      </Empty>
    </Page>
  ),
})
const at = <Path extends string>(path: Path) => ({ getParentRoute: () => root, path })

const explore = createRoute({
  ...at('/explore/$view'),
  validateSearch: tableSearch,
  component: () => {
    const { view } = explore.useParams()
    return <ViewPage key={view} id={view} />
  },
})
const scan = createRoute({
  ...at('/scans/$scan'),
  component: () => {
    const { scan: id } = scan.useParams()
    return <ScanPage key={id} id={id} />
  },
})

export const router = createRouter({
  routeTree: root.addChildren([
    createRoute({ ...at('/'), component: Overview }),
    createRoute({
      ...at('/accounts'),
      validateSearch: tableSearch,
      component: () => <ViewPage key="accounts" id="accounts" />,
    }),
    createRoute({ ...at('/hosts'), validateSearch: tableSearch, component: () => <ViewPage key="hosts" id="hosts" /> }),
    createRoute({ ...at('/directories'), validateSearch: tableSearch, component: Directories }),
    createRoute({
      ...at('/directories/$directory'),
      component: lazyRouteComponent(() => import('./directories/directory-page.tsx'), 'DirectoryPage'),
    }),
    createRoute({
      ...at('/reach'),
      validateSearch: reachSearch,
      component: lazyRouteComponent(() => import('./pages/reach.tsx'), 'Reach'),
    }),
    explore,
    createRoute({ ...at('/scans'), component: Scans }),
    scan,
    createRoute({
      ...at('/schedules'),
      component: lazyRouteComponent(() => import('./schedules/schedules-page.tsx'), 'SchedulesPage'),
    }),
    createRoute({ ...at('/targets'), component: Targets }),
    createRoute({
      ...at('/agents'),
      validateSearch: openSearch,
      component: lazyRouteComponent(() => import('./fleet/agents-page.tsx'), 'AgentsPage'),
    }),
    createRoute({
      ...at('/trust'),
      validateSearch: tableSearch,
      component: lazyRouteComponent(() => import('./trust/trust-page.tsx'), 'TrustPage'),
    }),
    createRoute({ ...at('/settings'), component: Settings }),
  ]),
  parseSearch,
  stringifySearch,
  defaultErrorComponent: ({ error, reset }) => (
    <Page title="Something broke">
      <Failure error={error} what="This page could not be shown" retry={reset} />
    </Page>
  ),
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
