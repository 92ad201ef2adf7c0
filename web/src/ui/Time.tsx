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

/** The instant itself, where one is told from the next by it; how long ago on hover. */
export function Instant({ iso }: { readonly iso: string }): ReactNode {
  return (
    <time dateTime={iso} title={formatRelative(iso, new Date())}>
      {formatDateTime(iso)}
    </time>
  )
}
