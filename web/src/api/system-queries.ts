/** The storage as people look after it: what is read of it, and what can be asked for. */
import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { apiPath, request } from './request.ts'
import type { Page } from './types.ts'

const POLL_MS = 1_000
const SHOWN_CHECKS = 20
const SHOWN_ROWS = 100

interface CheckProgress {
  readonly step: string
  readonly bytes?: number
  readonly bytes_per_second?: number
  readonly seconds_remaining?: number | null
}

/** A check of what is stored against what is served. */
export interface StorageCheck {
  readonly id: string
  readonly state: 'queued' | 'running' | 'done' | 'failed' | 'stopped'
  readonly deep: boolean
  readonly repair: boolean
  readonly created_at: string
  readonly finished_at: string | null
  readonly progress: CheckProgress | null
  readonly error: string | null
  readonly result: {
    readonly faults: number
    readonly repaired: number
    readonly aside: number
    readonly left: number
    readonly channels: number
    readonly blobs: number
    readonly bytes: number
  } | null
}

export interface StorageFinding {
  readonly kind: string
  readonly code: string
  readonly where: string
  readonly message: string
  readonly outcome: 'repaired' | 'aside' | 'left' | null
  readonly repair: string | null
}

export interface ChannelStorage {
  readonly name: string
  readonly file_count: number
  readonly bytes: number
}

export interface StorageUse {
  readonly artifact_count: number
  readonly artifact_bytes: number
  readonly condemned_count: number
  readonly last_collection: { readonly blob_count: number; readonly space_reclaimed: number } | null
  readonly last_collection_at: string | null
  readonly channels: Page<ChannelStorage>
}

/** Checks of the storage, the newest first. */
export function checksQuery() {
  return queryOptions({
    queryKey: ['system', 'checks'],
    queryFn: ({ signal }) =>
      request<Page<StorageCheck>>('/api/system/checks', { query: { limit: SHOWN_CHECKS }, signal }),
    refetchInterval: ({ state }) =>
      state.data?.items.some((check) => check.state === 'queued' || check.state === 'running')
        ? POLL_MS
        : false,
  })
}

export function findingsQuery(checkId: string) {
  return queryOptions({
    queryKey: ['system', 'checks', checkId, 'findings'],
    queryFn: ({ signal }) =>
      request<Page<StorageFinding>>(apiPath('system', 'checks', checkId, 'findings'), {
        query: { limit: SHOWN_ROWS },
        signal,
      }),
  })
}

/** @param check what it is to be read anew after */
export function storageQuery(check?: string) {
  return queryOptions({
    queryKey: ['system', 'storage', check],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      request<StorageUse>('/api/system/storage', { query: { limit: SHOWN_ROWS }, signal }),
  })
}

export function startCheck(body: { deep: boolean; repair: boolean }): Promise<{ job_id: string }> {
  return request('/api/system/checks', { method: 'POST', body })
}

export function collectGarbage(): Promise<unknown> {
  return request('/api/system/blob_cleanup', { method: 'DELETE' })
}
