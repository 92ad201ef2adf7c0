/** Keys whose signatures count: what the REST interface answers about them, and the calls. */
import type { Item } from '@terrarium/api/shapes.ts'
import { queryOptions } from '@tanstack/react-query'

import type { Paging } from './queries.ts'
import { apiPath, request } from './request.ts'
import type { Page } from './types.ts'

export type TrustedKey = Item<'GET /api/trusted-keys'>

export const trustedKeysKey = ['trusted-keys'] as const

export function trustedKeysQuery(paging: Paging) {
  return queryOptions({
    queryKey: [...trustedKeysKey, paging],
    queryFn: ({ signal }) =>
      request<Page<TrustedKey>>(apiPath('trusted-keys'), { query: { ...paging }, signal }),
  })
}

export function trustKey(body: {
  readonly label: string
  readonly public_key: string
  readonly channel: string | null
}): Promise<TrustedKey> {
  return request(apiPath('trusted-keys'), { method: 'POST', body })
}

export function dropKey(id: string): Promise<unknown> {
  return request(apiPath('trusted-keys', id), { method: 'DELETE' })
}
