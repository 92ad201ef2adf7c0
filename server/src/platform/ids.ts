/** Identifiers: sortable by time of making, so that rows of a list lie together on disk. */
import { randomUUIDv7 } from 'node:crypto'

export function newId(): string {
  return randomUUIDv7()
}
