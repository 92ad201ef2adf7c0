import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { formatDateTime } from '../ui/format.ts'
import { Problem } from './Problem.tsx'
import classes from './QueryView.module.css'

interface QueryViewProps<Data> {
  readonly query: UseQueryResult<Data>
  /** Rows of the grey shape that stands in while the first answer is on its way. */
  readonly skeletonRows?: number
  readonly children: (data: Data) => ReactNode
}

/** Every state of something that is read from the server: on its way, refused, there, there but no longer fresh. */
export function QueryView<Data>({ query, skeletonRows = 4, children }: QueryViewProps<Data>): ReactNode {
  if (query.data === undefined) {
    if (query.isError) return <Problem error={query.error} onRetry={() => void query.refetch()} />
    return <Skeleton rows={skeletonRows} />
  }
  return (
    <>
      {query.isError && (
        <p className={classes.stale} role="status">
          This could not be read anew ({query.error.message}); it is from{' '}
          {formatDateTime(new Date(query.dataUpdatedAt).toISOString())}.{' '}
          <button type="button" onClick={() => void query.refetch()}>
            Try again
          </button>
        </p>
      )}
      <div className={classes.content} data-waiting={query.isPlaceholderData || undefined}>
        {children(query.data)}
      </div>
    </>
  )
}

export function Skeleton({ rows }: { readonly rows: number }): ReactNode {
  return (
    <div role="status" aria-label="Loading" className={classes.skeleton}>
      {Array.from({ length: rows }, (_, row) => (
        <span key={row} />
      ))}
    </div>
  )
}
