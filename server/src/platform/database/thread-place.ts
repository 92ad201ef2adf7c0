/** Where the database is, in the form that crosses to a worker thread: a `Secret` would arrive there empty. */
import { Secret } from '../secret.ts'
import { openDatabase, type DatabasePlace, type Db } from './db.ts'

export interface ThreadPlace {
  readonly data: string
  readonly address: string | undefined
}

/** A thread does one thing at a time. */
const CONNECTIONS = 1
/** It reads most pages once, and each thread has a cache of its own. */
const CACHE_KIB = 8 * 1024

export function toThreadPlace({ data, database }: DatabasePlace): ThreadPlace {
  return { data, address: database?.reveal() }
}

/** For reading: what is written goes through the connection of the main thread. */
export function openInThread({ data, address }: ThreadPlace, cacheKib = CACHE_KIB): Promise<Db> {
  const database = address === undefined ? undefined : new Secret(address)
  return openDatabase({ data, database, database_connections: CONNECTIONS, cacheKib })
}
