import type { ReactNode } from 'react'
import classes from './ProgressBar.module.css'

interface ProgressBarProps {
  readonly label: string
  /** 0 to 100; undefined while the whole is not known. */
  readonly percent: number | undefined
  /** The state in words, for screen readers. */
  readonly text: string
}

export function ProgressBar({ label, percent, text }: ProgressBarProps): ReactNode {
  return (
    <div
      className={classes.track}
      role="progressbar"
      aria-label={label}
      aria-valuetext={text}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
    >
      <div
        className={percent === undefined ? classes.unknown : classes.fill}
        style={percent === undefined ? undefined : { width: `${percent}%` }}
      />
    </div>
  )
}
