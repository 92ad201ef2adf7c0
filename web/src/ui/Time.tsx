import type { ReactNode } from 'react'
import { formatDateTime, formatRelative } from './format.ts'

/** How long ago, with the instant itself on hover. */
export function Time({ iso }: { readonly iso: string }): ReactNode {
  return (
    <time dateTime={iso} title={formatDateTime(iso)}>
      {formatRelative(iso, new Date())}
    </time>
  )
}
