import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'
import { ApiError } from './request.ts'
import { forgetAllButSession, noteSessionOver, sessionQuery } from './session.ts'

const FRESH_MS = 5_000

function onError(error: unknown): void {
  // a wrong password is a 401 of its own, and says nothing of the session
  if (error instanceof ApiError && error.code === 'unauthenticated') noteSessionOver(queryClient)
}

export const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError }),
  mutationCache: new MutationCache({ onError }),
  defaultOptions: {
    queries: {
      staleTime: FRESH_MS,
      // a refusal stays one when asked again; a server that restarts comes back
      retry: (failures, error) => failures < 2 && (!(error instanceof ApiError) || error.status === 0),
      retryDelay: (failures) => 300 * 2 ** failures,
    },
    mutations: { networkMode: 'always' },
  },
})

/** Another tab signed somebody else in: nothing of one person stays for the next. */
const sessionHash = JSON.stringify(sessionQuery().queryKey)
let shownTo: string | undefined
queryClient.getQueryCache().subscribe(({ query, type }) => {
  if (type !== 'updated' || query.queryHash !== sessionHash) return
  const account = queryClient.getQueryData(sessionQuery().queryKey)
  if (!account) return
  if (shownTo !== undefined && shownTo !== account.user_id) void forgetAllButSession(queryClient)
  shownTo = account.user_id
})
