import type { ReactNode } from 'react'
import { Icon, type IconName } from './icons.tsx'
import classes from './Tag.module.css'
import { toneText, type Tone } from './tone.ts'

interface TagProps {
  readonly tone: Tone
  readonly icon?: IconName
  readonly title?: string
  readonly children: ReactNode
}

/** A state in a word; the colour only repeats it. */
export function Tag({ tone, icon, title, children }: TagProps): ReactNode {
  return (
    <span className={classes.tag} style={toneText(tone)} title={title}>
      {icon && <Icon name={icon} size={13} />}
      {children}
    </span>
  )
}
