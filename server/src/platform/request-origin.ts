/**
 * Where what is being done came from: the request, or the verb at the machine. It goes along with the work
 * by itself, so that each audit event can say it though operations know nothing of requests.
 */
import { AsyncLocalStorage } from 'node:async_hooks'

export interface Origin {
  /** Of the client, as far as trusted proxies tell. */
  readonly address: string | undefined
  readonly requestId: string | undefined
  /** Of this server, as the client wrote it: for what is told to that client alone. */
  readonly serverUrl?: string | undefined
  /** Filled in once it is known who asks. */
  actorName?: string | undefined
  /** The id of the token or session, never its secret. */
  credentialId?: string | undefined
}

const storage = new AsyncLocalStorage<Origin | undefined>()

export function withOrigin<T>(origin: Origin, work: () => T): T {
  return storage.run(origin, work)
}

/** For work that is nobody's request, whatever request happened to set it off. */
export function withoutOrigin<T>(work: () => T): T {
  return storage.run(undefined, work)
}

/** Undefined in jobs, which outlive what caused them. */
export function currentOrigin(): Origin | undefined {
  return storage.getStore()
}
