/**
 * The token of whoever is signed in. It lives in sessionStorage: one tab, gone with it, and never sent by the
 * browser on its own, so that no other site can make requests in the person's name.
 */
import { useSyncExternalStore } from 'react'

const KEY = 'terrarium-token'
const listeners = new Set<(change: SessionChange) => void>()

/** `expired`: the server stopped taking the token, in the middle of whatever the person was doing. */
export type SessionChange = 'started' | 'ended' | 'expired'

export function sessionToken(): string | null {
  return sessionStorage.getItem(KEY)
}

export function startSession(token: string): void {
  sessionStorage.setItem(KEY, token)
  for (const listener of listeners) listener('started')
}

export function endSession(why: 'ended' | 'expired' = 'ended'): void {
  if (sessionToken() === null) return
  sessionStorage.removeItem(KEY)
  for (const listener of listeners) listener(why)
}

export function onSessionChange(listener: (change: SessionChange) => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Whether this tab has a token; the server may still refuse it. */
export function useIsSignedIn(): boolean {
  return useSyncExternalStore(onSessionChange, sessionToken) !== null
}
