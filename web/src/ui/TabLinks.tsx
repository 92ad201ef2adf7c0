import type { ReactNode } from 'react'
import classes from './TabLinks.module.css'

/** Pages that lie side by side. They are links: each has its address. */
export function TabLinks({
  label,
  children,
}: {
  readonly label: string
  readonly children: ReactNode
}): ReactNode {
  return (
    <nav aria-label={label} className={classes.tabs}>
      {children}
    </nav>
  )
}
