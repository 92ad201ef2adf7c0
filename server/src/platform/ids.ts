/**
 * Identifiers: sortable by time of making, so that rows of a list lie together on disk, and of one process
 * in the order they were made, so that a queue read by id is a queue.
 */
import { randomUUIDv7 } from 'node:crypto'

const COUNTER_BITS = 12
let last = 0

/**
 * A UUID of version 7 whose twelve bits after the version count within the millisecond.
 *
 * @see RFC 9562, section 6.2, method 1; a count that is used up goes on into the next millisecond
 */
export function newId(): string {
  const random = randomUUIDv7()
  last = Math.max(last + 1, Date.now() * 2 ** COUNTER_BITS)
  const digits = last.toString(16).padStart(15, '0')
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-7${digits.slice(12)}-${random.slice(19)}`
}
