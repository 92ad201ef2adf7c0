import type { ReactNode } from 'react'
import classes from './Notice.module.css'
import { toneText, type Tone } from './tone.ts'

interface NoticeProps {
  readonly tone: Tone
  readonly title?: string
  /** `alert` is read out at once, `status` when there is a pause. */
  readonly role: 'alert' | 'status'
  readonly id?: string
  readonly children: ReactNode
}

/** Something that happened and that people should read. */
export function Notice({ tone, title, role, id, children }: NoticeProps): ReactNode {
  return (
    <div className={classes.notice} style={toneText(tone)} role={role} id={id}>
      {title !== undefined && <p className={classes.title}>{title}</p>}
      {children}
    </div>
  )
}
