import type { ReactNode } from 'react'
import { CopyBlock } from '../ui/CopyBlock.tsx'
import { Notice } from '../ui/Notice.tsx'

/** A secret that the server will not show again. */
export function SecretOnce(props: {
  readonly text: string
  /** What it is: `the new password` */
  readonly label: string
  readonly children?: ReactNode
}): ReactNode {
  return (
    <Notice tone="good" title="Copy it now: it is shown this once" role="status">
      <CopyBlock text={props.text} label={props.label} />
      {props.children}
    </Notice>
  )
}
