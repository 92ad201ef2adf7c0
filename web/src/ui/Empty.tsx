import { Text } from '@mantine/core'
import type { ReactNode } from 'react'
import classes from './Empty.module.css'

/** Says that there is nothing, and what to do about it. */
export function Empty({
  title,
  children,
}: {
  readonly title: string
  readonly children?: ReactNode
}): ReactNode {
  return (
    <div className={classes.empty}>
      <Text fw={600}>{title}</Text>
      {children && <div className={classes.body}>{children}</div>}
    </div>
  )
}
