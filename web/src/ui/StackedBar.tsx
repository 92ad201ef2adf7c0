import type { ReactNode } from 'react'
import classes from './StackedBar.module.css'
import { formatCount } from './format.ts'
import { toneBar, type Tone } from './tone.ts'

export interface BarPart {
  readonly label: string
  readonly count: number
  readonly tone: Tone
}

/** Parts of a whole, side by side. With a legend the numbers are text; without one the label carries them. */
export function StackedBar({
  parts,
  withLegend = false,
}: {
  readonly parts: readonly BarPart[]
  readonly withLegend?: boolean
}): ReactNode {
  const shown = parts.filter(({ count }) => count > 0)
  const text = shown.map(({ label, count }) => `${formatCount(count)} ${label}`).join(', ')
  return (
    <div className={withLegend ? classes.withLegend : undefined}>
      <div
        className={classes.bar}
        role="img"
        aria-label={text || 'none'}
        title={text}
        aria-hidden={withLegend || undefined}
      >
        {shown.map(({ label, count, tone }) => (
          <span key={label} style={{ flexGrow: count, background: toneBar(tone) }} className={classes.part} />
        ))}
      </div>
      {withLegend && (
        <ul className={classes.legend}>
          {shown.map(({ label, count, tone }) => (
            <li key={label}>
              <span className={classes.dot} style={{ background: toneBar(tone) }} aria-hidden="true" />
              {formatCount(count)} {label}
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}
