// Every address. The client prints some of these, so they stay as they are.
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router'
import { sessionQuery } from './api/session.ts'
import { NotFound, RouteProblem } from './pages/Problem.tsx'
import { Shell } from './pages/Shell.tsx'
import { Authorize } from './pages/account/Authorize.tsx'
import { Login } from './pages/account/Login.tsx'
import { BASE } from './paths.ts'
import { queries } from './queries.ts'

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound, errorComponent: RouteProblem })

const text = (value: unknown) => (typeof value === 'string' ? value : '')

const login = createRoute({
  getParentRoute: () => root,
  path: 'login',
  validateSearch: (search) => ({ ...(search['next'] ? { next: text(search['next']) } : {}) }) as { next?: string },
  component: Login,
})
const logout = createRoute({ getParentRoute: () => root, path: 'logout', component: lazyRouteComponent(() => import('./pages/account/Logout.tsx'), 'Logout') })
const withToken = (search: Record<string, unknown>) => ({ ...(search['token'] ? { token: text(search['token']) } : {}) }) as { token?: string }
const signUp = createRoute({ getParentRoute: () => root, path: 'signup', validateSearch: withToken, component: lazyRouteComponent(() => import('./pages/account/SignUp.tsx'), 'SignUp') })
const invitation = createRoute({ getParentRoute: () => root, path: 'invitation', validateSearch: withToken, component: lazyRouteComponent(() => import('./pages/account/Invitation.tsx'), 'Invitation') })
const recover = createRoute({ getParentRoute: () => root, path: 'recover', validateSearch: withToken, component: lazyRouteComponent(() => import('./pages/account/Recover.tsx'), 'Recover') })

/** Everything that needs to know who asks. Without a session: sign in first, then come back. */
const signedIn = createRoute({
  getParentRoute: () => root,
  id: 'signed-in',
  beforeLoad: async ({ location }) => {
    const session = await queries.ensureQueryData(sessionQuery)
    if (session.setup_required) throw redirect({ to: '/signup' })
    if (!session.account) throw redirect({ to: '/login', search: { next: location.href } })
  },
})

const page = <Path extends string>(path: Path, component: Parameters<typeof createRoute>[0]['component']) =>
  createRoute({ getParentRoute: () => signedIn, path, component: component as () => React.ReactNode })

const home = lazyRouteComponent(() => import('./pages/home/Home.tsx'), 'Home')
const settings = lazyRouteComponent(() => import('./pages/settings/SettingsPage.tsx'), 'SettingsPage')
const notifications = lazyRouteComponent(() => import('./pages/notifications/NotificationsPage.tsx'), 'NotificationsPage')
const team = lazyRouteComponent(() => import('./pages/team/TeamPage.tsx'), 'TeamPage')
const organization = lazyRouteComponent(() => import('./pages/organization/OrganizationPage.tsx'), 'OrganizationPage')
const registries = lazyRouteComponent(() => import('./pages/registry/RegistriesPage.tsx'), 'RegistriesPage')
const registry = lazyRouteComponent(() => import('./pages/registry/RegistryPage.tsx'), 'RegistryPage')
const directory = lazyRouteComponent(() => import('./pages/directory/DirectoryPage.tsx'), 'DirectoryPage')
const audit = lazyRouteComponent(() => import('./pages/audit/AuditPage.tsx'), 'AuditPage')
const entity = lazyRouteComponent(() => import('./pages/entity/EntityPage.tsx'), 'EntityPage')
const members = lazyRouteComponent(() => import('./pages/entity/EntityPage.tsx'), 'MembersPage')
const project = lazyRouteComponent(() => import('./pages/project/ProjectPage.tsx'), 'ProjectPage')
const compare = lazyRouteComponent(() => import('./pages/compare/ComparePage.tsx'), 'ComparePage')
const projectSettings = lazyRouteComponent(() => import('./pages/project/ProjectSettingsPage.tsx'), 'ProjectSettingsPage')
const projectStorage = lazyRouteComponent(() => import('./pages/project/StoragePage.tsx'), 'StoragePage')
const trash = lazyRouteComponent(() => import('./pages/project/TrashPage.tsx'), 'TrashPage')
const artifacts = lazyRouteComponent(() => import('./pages/artifacts/ArtifactsPage.tsx'), 'ArtifactsPage')
const reports = lazyRouteComponent(() => import('./pages/reports/ReportsPage.tsx'), 'ReportsPage')
const version = lazyRouteComponent(() => import('./pages/artifacts/VersionPage.tsx'), 'VersionPage')
const system = lazyRouteComponent(() => import('./pages/admin/SystemPage.tsx'), 'SystemPage')
const run = lazyRouteComponent(() => import('./pages/run/RunPage.tsx'), 'RunPage')

/** A report asks by itself who looks: whoever has a link to it may. */
const report = createRoute({ getParentRoute: () => root, path: '$entity/$project/reports/$report', component: lazyRouteComponent(() => import('./pages/reports/ReportPage.tsx'), 'ReportPage') })

/** Settings have one address; this is the other that people try. */
const teamSettings = createRoute({
  getParentRoute: () => signedIn,
  path: '$entity/settings',
  beforeLoad: ({ params }) => {
    throw redirect({ to: '/teams/$team', params: { team: params.entity }, replace: true })
  },
})

const routeTree = root.addChildren([
  login,
  logout,
  signUp,
  recover,
  invitation,
  report,
  signedIn.addChildren([
    page('/', home),
    page('home', home),
    page('authorize', Authorize),
    page('settings', settings),
    page('settings/$tab', settings),
    page('notifications', notifications),
    page('admin/audit', audit),
    page('admin/ldap', directory),
    page('admin/ldap/$tab', directory),
    page('teams/$team', team),
    page('teams/$team/$tab', team),
    page('orgs/$organization', organization),
    page('orgs/$organization/registry', registries),
    page('orgs/$organization/registry/$registry', registry),
    page('admin/system', system),
    page('admin/system/$tab', system),
    page('orgs/$organization/$tab', organization),
    page('$entity', entity),
    page('$entity/projects', entity),
    page('$entity/members', members),
    teamSettings,
    page('$entity/$project', project),
    page('$entity/$project/overview', project),
    page('$entity/$project/workspace', project),
    page('$entity/$project/table', project),
    page('$entity/$project/runs', project),
    page('$entity/$project/compare', compare),
    page('$entity/$project/storage', projectStorage),
    page('$entity/$project/trash', trash),
    page('$entity/$project/settings', projectSettings),
    page('$entity/$project/reports', reports),
    page('$entity/$project/reportlist', reports),
    page('$entity/$project/artifacts', artifacts),
    page('$entity/$project/artifacts/$type/$name/$version', version),
    page('$entity/$project/runs/$run', run),
    page('$entity/$project/runs/$run/$tab', run),
  ]),
])

export const router = createRouter({ routeTree, basepath: BASE || '/', defaultPreload: 'intent', defaultErrorComponent: RouteProblem, scrollRestoration: true })

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
