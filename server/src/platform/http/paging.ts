/** Every list ends: offset and limit as the contract has them, with a maximum. */
import { z } from 'zod'

export const MAX_PAGE = 1000

export const pageQuery = z.object({
  offset: z.coerce.number().int().min(0).max(10_000_000).default(0),
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(100),
})

/** `{total_count, items}` as every list of the contract. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({ total_count: z.number().int(), items: z.array(item) })
}
