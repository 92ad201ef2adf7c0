import { useState, type ReactNode } from 'react'
import classes from './LongText.module.css'

const CUT_AT = 200

/** A text that may be an essay: its beginning, and the rest when it is asked for. */
export function LongText({ text }: { readonly text: string }): ReactNode {
  const [isOpen, setOpen] = useState(false)
  if (text.length <= CUT_AT * 1.2) return text
  const end = text.lastIndexOf(' ', CUT_AT)
  return (
    <>
      {isOpen ? text : `${text.slice(0, end > 0 ? end : CUT_AT)}…`}{' '}
      <button type="button" className={classes.more} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {isOpen ? 'Less' : 'More'}
      </button>
    </>
  )
}
