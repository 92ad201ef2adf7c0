import type { ReactNode } from 'react'
import classes from './PolicyText.module.css'

/** A policy document with its lines numbered, so that people can speak of one. */
export function PolicyText({
  name,
  document,
}: {
  readonly name: string
  readonly document: string
}): ReactNode {
  const lines = document.replace(/\n$/, '').split('\n')
  return (
    <div
      className={classes.document}
      tabIndex={0}
      role="region"
      aria-label={`Document of the policy ${name}`}
    >
      <div className={classes.numbers} aria-hidden="true">
        {lines.map((_, index) => (
          <span key={index}>{index + 1}</span>
        ))}
      </div>
      <pre className={classes.text}>{lines.join('\n')}</pre>
    </div>
  )
}
