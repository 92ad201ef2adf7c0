import { QueryClient } from '@tanstack/react-query'
import { ApiError } from './request.ts'
import { onSessionChange } from './session.ts'

const FRESH_MS = 5_000

export const queryClient = new QueryClient({
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

onSessionChange((change) => {
  // who is signed in decides what there is to see: nothing of one person stays for the next; yet a session
  // that ran out by itself must not take a form with it that somebody is filling in
  if (change !== 'expired') void queryClient.resetQueries()
})
