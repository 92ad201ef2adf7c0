/** The storage as people look after it: what is read of it, and what can be asked for. */
import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { apiPath, request } from './request.ts'
import type { Answer, Item } from '@terrarium/api/shapes.ts'
import type { Page } from './types.ts'

const POLL_MS = 1_000
const SERVER_FRESH_MS = 60_000
const SHOWN_CHECKS = 20
const SHOWN_ROWS = 100

/** A check of what is stored against what is served. */
export type StorageCheck = Item<'GET /api/system/checks'>
export type StorageFinding = Item<'GET /api/system/checks/{checkId}/findings'>
export type StorageUse = Answer<'GET /api/system/storage'>
/** A job whose result is what went, or would go. */
interface Collection {
  readonly state: string
  readonly error: string | null
  readonly result: StorageUse['last_collection']
}
export type ChannelStorage = StorageUse['channels']['items'][number]

/** What the server says of itself; its errors are for somebody to act on. */
export function serverQuery() {
  return queryOptions({
    queryKey: ['system', 'server'],
    queryFn: ({ signal }) => request<Answer<'GET /api/system'>>('/api/system', { signal }),
    staleTime: SERVER_FRESH_MS,
  })
}

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

export function stopChecks(): Promise<unknown> {
  return request('/api/system/checks/stop', { method: 'POST', body: {} })
}

/** A job that counts what a collection would take away; asked anew each time. */
export function dryRunQuery() {
  return queryOptions({
    queryKey: ['collection', 'dry-run'],
    queryFn: async ({ signal }) => {
      const started = await request<{ job_id: string }>('/api/system/collect', {
        method: 'POST',
        body: { dry_run: true },
        signal,
      })
      for (;;) {
        const job = await request<Collection>(apiPath('jobs', started.job_id), { signal })
        if (job.state === 'failed' || job.state === 'stopped') throw new Error(job.error ?? job.state)
        if (job.state === 'done') return job
        await new Promise((resolve) => setTimeout(resolve, POLL_MS))
      }
    },
    // a window that comes back into sight starts no other
    staleTime: Infinity,
    gcTime: 0,
    retry: false,
  })
}

export function collectGarbage(): Promise<unknown> {
  return request('/api/system/blob_cleanup', { method: 'DELETE' })
}
