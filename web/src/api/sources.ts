/** Reading sources and imports, and what can be done with them. */
import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import type { Paging } from './queries.ts'
import { apiPath, request } from './request.ts'
import type { AdvisoryImport, Source } from './source-types.ts'
import type { Page } from './types.ts'

const POLL_MS = 5_000
const MAX_SOURCES = 1_000

/** Looked at again and again: an import ends without being asked. */
export function sourcesQuery() {
  return queryOptions({
    queryKey: ['sources'],
    queryFn: ({ signal }) =>
      request<Page<Source>>('/api/advisory-sources', { query: { limit: MAX_SOURCES }, signal }),
    refetchInterval: POLL_MS,
  })
}

export function importsQuery(paging: Paging) {
  return queryOptions({
    queryKey: ['sources', 'imports', paging],
    queryFn: ({ signal }) =>
      request<Page<AdvisoryImport>>('/api/advisory-imports', { query: { ...paging }, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: POLL_MS,
  })
}

export function refreshSource(sourceId: string): Promise<unknown> {
  return request(apiPath('advisory-sources', sourceId, 'refresh'), { method: 'POST', body: {} })
}

export function pauseSource({ source_id: id, paused }: Source): Promise<unknown> {
  return request(apiPath('advisory-sources', id), { method: 'PUT', body: { paused: !paused } })
}

export interface ImportDecision {
  readonly importId: string
  readonly verb: 'approve' | 'discard' | 'roll-back'
  readonly note: string
}

export function decideImport({ importId, verb, note }: ImportDecision): Promise<unknown> {
  return request(apiPath('advisory-imports', importId, verb), { method: 'POST', body: { note } })
}
