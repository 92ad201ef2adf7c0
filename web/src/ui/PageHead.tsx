import { Title } from '@mantine/core'
import type { ReactNode } from 'react'
import classes from './PageHead.module.css'

interface PageHeadProps {
  readonly title: string
  /** Beside the title: a state in a word. */
  readonly tags?: ReactNode
  readonly description?: ReactNode
  readonly actions?: ReactNode
}

export function PageHead({ title, tags, description, actions }: PageHeadProps): ReactNode {
  return (
    <div className={classes.head}>
      <div className={classes.words}>
        <div className={classes.title}>
          <Title order={1} size="h2">
            {title}
          </Title>
          {tags}
        </div>
        {description && <div className={classes.description}>{description}</div>}
      </div>
      {actions && <div className={classes.actions}>{actions}</div>}
    </div>
  )
}
