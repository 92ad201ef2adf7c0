/**
 * Who is signed in. The session is a cookie that no script can read, this one included: the browser sends it
 * along, and `GET /api/auth/session` tells whom it speaks for. A change made with it is taken by the server from its
 * own pages alone (server/src/platform/http/same-origin.ts).
 */
import { queryOptions, useQuery, type QueryClient } from '@tanstack/react-query'
import { request } from './request.ts'
import type { Account } from './types.ts'

/** The account of whoever is signed in, null for nobody. */
export function sessionQuery() {
  return queryOptions({
    queryKey: ['session'],
    // answered with 200 for nobody too: a refusal would stand in the browser's console on every first visit
    queryFn: async ({ signal }): Promise<Account | null> =>
      (await request<{ account: Account | null }>('/api/auth/session', { signal })).account,
  })
}

/** Undefined until the server said who this is, which the first page waits for (main.tsx). */
export function useSession(): Account | null | undefined {
  return useQuery(sessionQuery()).data
}

/** Whether somebody is signed in, as far as the server said; each request is judged anew. */
export function useIsSignedIn(): boolean {
  return useSession() != null
}

/** After signing in: who it is decides what there is to see, so nothing of before stays. */
export async function startSession(queryClient: QueryClient): Promise<void> {
  await queryClient.resetQueries()
  await queryClient.query(sessionQuery())
}

/**
 * Ends the session on the server, then forgets what it showed.
 * @returns where the browser has to go now, to end the session of its identity provider; undefined when there is none
 * @throws ApiError when it could not be ended
 */
export async function endSession(queryClient: QueryClient): Promise<string | undefined> {
  const answer = await request<{ redirect_to: string } | undefined>('/api/auth/logout', { method: 'POST' })
  // to the provider at once: whoever saw a link to sign in, and took it, would leave the provider's session open
  if (answer !== undefined) return answer.redirect_to
  queryClient.setQueryData(sessionQuery().queryKey, null)
  await forgetAllButSession(queryClient)
  return undefined
}

/**
 * The server stopped taking the cookie, in the middle of whatever the person was doing. What is shown stays: a
 * session that ran out must not take a form with it that somebody is filling in.
 */
export function noteSessionOver(queryClient: QueryClient): void {
  const { queryKey } = sessionQuery()
  if (queryClient.getQueryData(queryKey) != null) queryClient.setQueryData(queryKey, null)
}

export async function forgetAllButSession(queryClient: QueryClient): Promise<void> {
  await queryClient.resetQueries({ predicate: ({ queryKey: [first] }) => first !== 'session' })
}
