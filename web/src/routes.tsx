/**
 * All pages. A page file exports its crumb (what the page is called), its loader and its component; a loader
 * only starts the reading, so that a page shows at once and each part of it fills in when it is there.
 *
 * server/src/web-routes.ts serves the interface under the first segments that stand here.
 */
import type { QueryClient } from '@tanstack/react-query'
import { createRootRouteWithContext, createRoute, createRouter, redirect } from '@tanstack/react-router'
import { AppFrame } from './components/AppFrame.tsx'
import { NoSuchPage } from './components/NoSuchPage.tsx'
import { Problem } from './components/Problem.tsx'
import {
  paths,
  readExceptionSearch,
  readIdentitySearch,
  readCvePageSearch,
  readCveSearch,
  readListSearch,
  readQueueSearch,
  readText,
  returnPath,
} from './paths.ts'
import * as account from './pages/AccountPage.tsx'
import * as audit from './pages/AuditPage.tsx'
import * as allCves from './pages/AllCvesPage.tsx'
import * as blocked from './pages/BlockedPage.tsx'
import * as channel from './pages/ChannelPage.tsx'
import * as channelPolicies from './pages/ChannelPoliciesPage.tsx'
import * as channelSettings from './pages/ChannelSettingsPage.tsx'
import * as channels from './pages/ChannelsPage.tsx'
import * as cve from './pages/CvePage.tsx'
import * as cves from './pages/CvesPage.tsx'
import * as editPolicy from './pages/EditPolicyPage.tsx'
import * as exception from './pages/ExceptionPage.tsx'
import * as exceptions from './pages/ExceptionsPage.tsx'
import * as group from './pages/GroupPage.tsx'
import * as groups from './pages/GroupsPage.tsx'
import * as invitation from './pages/InvitationPage.tsx'
import * as invitations from './pages/InvitationsPage.tsx'
import * as history from './pages/HistoryPage.tsx'
import * as members from './pages/MembersPage.tsx'
import * as identities from './pages/IdentitiesPage.tsx'
import * as identity from './pages/IdentityPage.tsx'
import * as mirror from './pages/MirrorPage.tsx'
import * as mirrors from './pages/MirrorsPage.tsx'
import * as newChannel from './pages/NewChannelPage.tsx'
import * as newException from './pages/NewExceptionPage.tsx'
import * as newMirror from './pages/NewMirrorPage.tsx'
import * as newPolicy from './pages/NewPolicyPage.tsx'
import * as newRole from './pages/NewRolePage.tsx'
import * as packagePage from './pages/PackagePage.tsx'
import * as packages from './pages/PackagesPage.tsx'
import * as people from './pages/PeoplePage.tsx'
import * as person from './pages/PersonPage.tsx'
import * as policies from './pages/PoliciesPage.tsx'
import * as policy from './pages/PolicyPage.tsx'
import * as role from './pages/RolePage.tsx'
import * as roles from './pages/RolesPage.tsx'
import * as security from './pages/SecurityPage.tsx'
import * as serviceAccount from './pages/ServiceAccountPage.tsx'
import * as serviceAccounts from './pages/ServiceAccountsPage.tsx'
import * as sharing from './pages/SharingPage.tsx'
import * as sources from './pages/SourcesPage.tsx'
import * as review from './pages/ReviewPage.tsx'
import * as system from './pages/SystemPage.tsx'
import * as trustedKeys from './pages/TrustedKeysPage.tsx'
import * as trustRules from './pages/TrustRulesPage.tsx'
import * as signIn from './pages/SignInPage.tsx'

/** What a page is called, in the title of the window and in the line of links above it. */
export type Crumb = (params: Readonly<Record<string, string>>) => string

export interface PlacedCrumb {
  readonly name: string
  readonly pathname: string
}

const channelList: PlacedCrumb = { name: 'Channels', pathname: '/channels' }
const exceptionList: PlacedCrumb = { name: 'Exceptions', pathname: '/exceptions' }
const peopleList: PlacedCrumb = { name: 'People', pathname: '/access/people' }
const groupList: PlacedCrumb = { name: 'Groups', pathname: '/access/groups' }
const roleList: PlacedCrumb = { name: 'Roles', pathname: '/access/roles' }
const serviceAccountList: PlacedCrumb = { name: 'Service accounts', pathname: '/access/service-accounts' }
const cveList: PlacedCrumb = { name: 'CVEs', pathname: '/cves' }
const nameList: PlacedCrumb = { name: 'Upstream', pathname: '/identities' }
const policyList: PlacedCrumb = { name: 'Policies', pathname: '/policies' }

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>
  }
  interface StaticDataRouteOption {
    crumb?: Crumb
    /** The list that the page belongs to. */
    under?: PlacedCrumb
  }
}

const rootRoute = createRootRouteWithContext<{ queryClient: QueryClient }>()({
  component: AppFrame,
  notFoundComponent: NoSuchPage,
})

const startRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
  beforeLoad: () => {
    // the router takes a redirect as something thrown
    // eslint-disable-next-line @typescript-eslint/only-throw-error
    throw redirect({ ...paths.channels(), replace: true })
  },
})

const channelsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/channels',
  staticData: { crumb: channels.crumb },
  validateSearch: readListSearch,
  loaderDeps: ({ search }) => search,
  loader: ({ context, deps }) => channels.load(context.queryClient, deps),
  component: channels.ChannelsPage,
})

const newChannelRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/new/channel',
  staticData: { crumb: newChannel.crumb, under: channelList },
  component: newChannel.NewChannelPage,
})

const channelRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/channels/$channel',
  staticData: { crumb: channel.crumb, under: channelList },
  loader: ({ context, params }) => channel.load(context.queryClient, params.channel),
  component: channel.ChannelPage,
})

const packagesRoute = createRoute({
  getParentRoute: () => channelRoute,
  path: '/',
  validateSearch: readListSearch,
  loaderDeps: ({ search }) => search,
  loader: ({ context, params, deps }) => packages.load(context.queryClient, params.channel, deps),
  component: packages.PackagesPage,
})

const packageRoute = createRoute({
  getParentRoute: () => channelRoute,
  path: '/packages/$name',
  staticData: { crumb: packagePage.crumb },
  validateSearch: (search: Record<string, unknown>): packagePage.PackageSearch => {
    const { page } = readListSearch(search)
    const file = readText(search['file'])
    return { ...(page !== undefined && { page }), ...(file !== undefined && { file }) }
  },
  loader: ({ context, params }) => packagePage.load(context.queryClient, params.channel, params.name),
  component: packagePage.PackagePage,
})

const blockedRoute = createRoute({
  getParentRoute: () => channelRoute,
  path: '/blocked',
  staticData: { crumb: blocked.crumb },
  validateSearch: readListSearch,
  loaderDeps: ({ search }) => search,
  loader: ({ context, params, deps }) => blocked.load(context.queryClient, params.channel, deps),
  component: blocked.BlockedPage,
})

const cvesRoute = createRoute({
  getParentRoute: () => channelRoute,
  path: '/cves',
  staticData: { crumb: cves.crumb },
  validateSearch: readListSearch,
  loaderDeps: ({ search }) => search,
  loader: ({ context, params, deps }) => cves.load(context.queryClient, params.channel, deps),
  component: cves.CvesPage,
})

const mirrorsRoute = createRoute({
  getParentRoute: () => channelRoute,
  path: '/mirrors',
  staticData: { crumb: mirrors.crumb },
  validateSearch: readListSearch,
  loaderDeps: ({ search }) => search,
  loader: ({ context, params, deps }) => mirrors.load(context.queryClient, params.channel, deps),
  component: mirrors.MirrorsPage,
})

const newMirrorRoute = createRoute({
  getParentRoute: () => channelRoute,
  path: '/mirrors/new',
  staticData: { crumb: newMirror.crumb },
  component: newMirror.NewMirrorPage,
})

const mirrorRoute = createRoute({
  getParentRoute: () => channelRoute,
  path: '/mirrors/$mirror',
  staticData: { crumb: mirror.crumb },
  validateSearch: readListSearch,
  loaderDeps: ({ search }) => search,
  loader: ({ context, params, deps }) =>
    mirror.load(context.queryClient, params.channel, params.mirror, deps),
  component: mirror.MirrorPage,
})

const historyRoute = createRoute({
  getParentRoute: () => channelRoute,
  path: '/history',
  staticData: { crumb: history.crumb },
  validateSearch: history.readSearch,
  loaderDeps: ({ search }) => search,
  loader: ({ context, params, deps }) => history.load(context.queryClient, params.channel, deps),
  component: history.HistoryPage,
})

const membersRoute = createRoute({
  getParentRoute: () => channelRoute,
  path: '/members',
  staticData: { crumb: members.crumb },
  validateSearch: readListSearch,
  loaderDeps: ({ search }) => search,
  loader: ({ context, params, deps }) => members.load(context.queryClient, params.channel, deps),
  component: members.MembersPage,
})

const channelPoliciesRoute = createRoute({
  getParentRoute: () => channelRoute,
  path: '/policies',
  staticData: { crumb: channelPolicies.crumb },
  loader: ({ context, params }) => channelPolicies.load(context.queryClient, params.channel),
  component: channelPolicies.ChannelPoliciesPage,
})

const sharingRoute = createRoute({
  getParentRoute: () => channelRoute,
  path: '/sharing',
  staticData: { crumb: sharing.crumb },
  loader: ({ context, params }) => sharing.load(context.queryClient, params.channel),
  component: sharing.SharingPage,
})

const trustRulesRoute = createRoute({
  getParentRoute: () => channelRoute,
  path: '/trust-rules',
  staticData: { crumb: trustRules.crumb },
  loader: ({ context, params }) => trustRules.load(context.queryClient, params.channel),
  component: trustRules.TrustRulesPage,
})

const channelSettingsRoute = createRoute({
  getParentRoute: () => channelRoute,
  path: '/settings',
  staticData: { crumb: channelSettings.crumb },
  loader: ({ context, params }) => channelSettings.load(context.queryClient, params.channel),
  component: channelSettings.ChannelSettingsPage,
})

const peopleRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/access/people',
  staticData: { crumb: people.crumb },
  validateSearch: readListSearch,
  loaderDeps: ({ search }) => search,
  loader: ({ context, deps }) => people.load(context.queryClient, deps),
  component: people.PeoplePage,
})

const personRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/access/people/$person',
  staticData: { crumb: person.crumb, under: peopleList },
  loader: ({ context, params }) => person.load(context.queryClient, params.person),
  component: person.PersonPage,
})

const invitationsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/access/invitations',
  staticData: { crumb: invitations.crumb },
  component: invitations.InvitationsPage,
})

const groupsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/access/groups',
  staticData: { crumb: groups.crumb },
  validateSearch: readListSearch,
  loaderDeps: ({ search }) => search,
  loader: ({ context, deps }) => groups.load(context.queryClient, deps),
  component: groups.GroupsPage,
})

const groupRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/access/groups/$group',
  staticData: { crumb: group.crumb, under: groupList },
  loader: ({ context, params }) => group.load(context.queryClient, params.group),
  component: group.GroupPage,
})

const rolesRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/access/roles',
  staticData: { crumb: roles.crumb },
  loader: ({ context }) => roles.load(context.queryClient),
  component: roles.RolesPage,
})

const newRoleRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/new/role',
  staticData: { crumb: newRole.crumb, under: roleList },
  component: newRole.NewRolePage,
})

const roleRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/access/roles/$role',
  staticData: { crumb: role.crumb, under: roleList },
  loader: ({ context, params }) => role.load(context.queryClient, params.role),
  component: role.RolePage,
})

const serviceAccountsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/access/service-accounts',
  staticData: { crumb: serviceAccounts.crumb },
  validateSearch: readListSearch,
  component: serviceAccounts.ServiceAccountsPage,
})

const serviceAccountRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/access/service-accounts/$account',
  staticData: { crumb: serviceAccount.crumb, under: serviceAccountList },
  loader: ({ context, params }) => serviceAccount.load(context.queryClient, params.account),
  component: serviceAccount.ServiceAccountPage,
})

const auditRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/access/audit',
  staticData: { crumb: audit.crumb },
  validateSearch: audit.readAuditSearch,
  component: audit.AuditPage,
})

const allCvesRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/cves',
  staticData: { crumb: allCves.crumb },
  validateSearch: readCveSearch,
  loaderDeps: ({ search }) => search,
  loader: ({ context, deps }) => allCves.load(context.queryClient, deps),
  component: allCves.AllCvesPage,
})

const cveRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/cves/$cve',
  staticData: { crumb: cve.crumb, under: cveList },
  validateSearch: readCvePageSearch,
  loaderDeps: ({ search }) => search,
  loader: ({ context, params, deps }) => cve.load(context.queryClient, params.cve, deps),
  component: cve.CvePage,
})

const reviewRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/review',
  staticData: { crumb: review.crumb, under: cveList },
  validateSearch: readQueueSearch,
  loaderDeps: ({ search }) => search,
  loader: ({ context, deps }) => review.load(context.queryClient, deps),
  component: review.ReviewPage,
})

const identitiesRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/identities',
  staticData: { crumb: identities.crumb, under: cveList },
  validateSearch: readIdentitySearch,
  loaderDeps: ({ search }) => search,
  loader: ({ context, deps }) => identities.load(context.queryClient, deps),
  component: identities.IdentitiesPage,
})

const identityRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/identities/$name',
  staticData: { crumb: identity.crumb, under: nameList },
  loader: ({ context, params }) => identity.load(context.queryClient, params.name),
  component: identity.IdentityPage,
})

const systemRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/system',
  staticData: { crumb: system.crumb },
  loader: ({ context }) => system.load(context.queryClient),
  component: system.SystemPage,
})

const policiesRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/policies',
  staticData: { crumb: policies.crumb },
  validateSearch: readListSearch,
  loaderDeps: ({ search }) => search,
  loader: ({ context, deps }) => policies.load(context.queryClient, deps),
  component: policies.PoliciesPage,
})

const sourcesRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sources',
  staticData: { crumb: sources.crumb },
  validateSearch: readListSearch,
  loaderDeps: ({ search }) => search,
  loader: ({ context, deps }) => sources.load(context.queryClient, deps),
  component: sources.SourcesPage,
})

const trustedKeysRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/trusted-keys',
  staticData: { crumb: trustedKeys.crumb, under: policyList },
  validateSearch: readListSearch,
  loaderDeps: ({ search }) => search,
  loader: ({ context, deps }) => trustedKeys.load(context.queryClient, deps),
  component: trustedKeys.TrustedKeysPage,
})

const newPolicyRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/new/policy',
  staticData: { crumb: newPolicy.crumb, under: policyList },
  component: newPolicy.NewPolicyPage,
})

const policyRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/policies/$policy',
  staticData: { crumb: policy.crumb, under: policyList },
  loader: ({ context, params }) => policy.load(context.queryClient, params.policy),
  component: policy.PolicyPage,
})

const editPolicyRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/policies/$policy/edit',
  staticData: { crumb: editPolicy.crumb, under: policyList },
  loader: ({ context, params }) => policy.load(context.queryClient, params.policy),
  component: editPolicy.EditPolicyPage,
})

const exceptionsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/exceptions',
  staticData: { crumb: exceptions.crumb },
  validateSearch: readExceptionSearch,
  loaderDeps: ({ search }) => search,
  loader: ({ context, deps }) => exceptions.load(context.queryClient, deps),
  component: exceptions.ExceptionsPage,
})

const newExceptionRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/new/exception',
  staticData: { crumb: newException.crumb, under: exceptionList },
  validateSearch: (search: Record<string, unknown>): newException.NewExceptionSearch => {
    const file = readText(search['file'])
    return { channel: readText(search['channel']) ?? '', ...(file !== undefined && { file }) }
  },
  component: newException.NewExceptionPage,
})

const exceptionRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/exceptions/$exception',
  staticData: { crumb: exception.crumb, under: exceptionList },
  loader: ({ context, params }) => exception.load(context.queryClient, params.exception),
  component: exception.ExceptionPage,
})

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  staticData: { crumb: signIn.crumb },
  validateSearch: (search: Record<string, unknown>): { from?: string; error?: string } => ({
    ...(search['from'] !== undefined && { from: returnPath(search['from']) }),
    ...(typeof search['error'] === 'string' && { error: search['error'] }),
  }),
  loader: ({ context }) => signIn.load(context.queryClient),
  component: signIn.SignInPage,
})

const accountRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/account/tokens',
  staticData: { crumb: account.crumb },
  component: account.AccountPage,
})

const securityRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/account/security',
  staticData: { crumb: security.crumb },
  // what came of linking the account to an identity provider
  validateSearch: (search: Record<string, unknown>): { linked?: string; error?: string } => ({
    ...(typeof search['linked'] === 'string' && { linked: search['linked'] }),
    ...(typeof search['error'] === 'string' && { error: search['error'] }),
  }),
  component: security.SecurityPage,
})

const invitationRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/invitation',
  staticData: { crumb: invitation.crumb },
  component: invitation.InvitationPage,
})

const routeTree = rootRoute.addChildren([
  startRoute,
  channelsRoute,
  newChannelRoute,
  channelRoute.addChildren([
    packagesRoute,
    packageRoute,
    blockedRoute,
    cvesRoute,
    mirrorsRoute,
    newMirrorRoute,
    mirrorRoute,
    historyRoute,
    membersRoute,
    channelPoliciesRoute,
    sharingRoute,
    trustRulesRoute,
    channelSettingsRoute,
  ]),
  exceptionsRoute,
  newExceptionRoute,
  exceptionRoute,
  peopleRoute,
  personRoute,
  invitationsRoute,
  groupsRoute,
  groupRoute,
  rolesRoute,
  newRoleRoute,
  roleRoute,
  serviceAccountsRoute,
  serviceAccountRoute,
  auditRoute,
  allCvesRoute,
  cveRoute,
  reviewRoute,
  identitiesRoute,
  identityRoute,
  systemRoute,
  policiesRoute,
  sourcesRoute,
  trustedKeysRoute,
  newPolicyRoute,
  policyRoute,
  editPolicyRoute,
  signInRoute,
  accountRoute,
  securityRoute,
  invitationRoute,
])

export function makeRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree,
    context: { queryClient },
    defaultPreload: 'intent',
    // the query cache knows what is fresh
    defaultPreloadStaleTime: 0,
    defaultErrorComponent: ({ error, reset }) => <Problem error={error} onRetry={reset} />,
    scrollRestoration: true,
  })
}
