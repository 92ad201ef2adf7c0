/** What an event changed, field by field. */
import type { ReactNode } from 'react'
import classes from './Changes.module.css'
import { diffFields, showValue } from './diff-fields.ts'

export function Changes(props: {
  readonly before: unknown
  readonly after: unknown
  readonly title?: string
}): ReactNode {
  const fields = diffFields(props.before, props.after)
  if (fields.length === 0) return null
  return (
    <>
      {props.title !== undefined && <p className={classes.title}>{props.title}</p>}
      <dl className={classes.changes}>
        {fields.map(({ name, before, after }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              {before !== undefined && <del>{showValue(before)}</del>}{' '}
              {after !== undefined && <ins>{showValue(after)}</ins>}
            </dd>
          </div>
        ))}
      </dl>
    </>
  )
}
