/** A role as a matrix: a row for each kind of thing, a column for each level. */
import type { ReactNode } from 'react'
import { levels, type Level } from '../api/access-types.ts'
import classes from './ResourceLevels.module.css'
import { resourceLabel } from './resource-labels.ts'

export type Permissions = Readonly<Partial<Record<string, Level>>>

interface ResourceLevelsProps {
  readonly resources: readonly string[]
  readonly value: Permissions
  /** Without it the matrix is only shown. */
  readonly onChange?: ((value: Permissions) => void) | undefined
}

/** Arrow keys move within a row, Tab from row to row: each row is one group of radio buttons. */
export function ResourceLevels({ resources, value, onChange }: ResourceLevelsProps): ReactNode {
  return (
    <div className={classes.frame}>
      <table className={classes.table} aria-label="Levels on each kind of thing">
        <thead>
          <tr>
            <th scope="col">Kind of thing</th>
            {levels.map((level) => (
              <th scope="col" key={level} className={classes.level}>
                {level}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {resources.map((resource) => {
            const current = value[resource] ?? 'none'
            return (
              <tr key={resource}>
                <th scope="row">
                  {resourceLabel(resource)} <code>{resource}</code>
                </th>
                {levels.map((level) => (
                  <td key={level} className={classes.level} data-on={current === level || undefined}>
                    <input
                      type="radio"
                      name={`level-${resource}`}
                      aria-label={`${resource}: ${level}`}
                      checked={current === level}
                      disabled={!onChange}
                      onChange={() => onChange?.({ ...value, [resource]: level })}
                    />
                  </td>
                ))}
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}
