import { CopyButton, Button } from '@mantine/core'
import type { ReactNode } from 'react'
import classes from './CopyBlock.module.css'
import { Icon } from './icons.tsx'

/** Text to take to a terminal or a file, with a button that copies all of it. */
export function CopyBlock({ text, label }: { readonly text: string; readonly label: string }): ReactNode {
  return (
    <div className={classes.block}>
      {/* a block that scrolls must be reachable by keyboard */}
      <pre className={classes.text} tabIndex={0} aria-label={label} role="region">
        {text}
      </pre>
      {navigator.clipboard !== undefined && (
        <CopyButton value={text} timeout={2000}>
          {({ copied, copy }) => (
            <Button
              className={classes.button}
              size="compact-sm"
              variant="default"
              leftSection={<Icon name={copied ? 'check' : 'copy'} size={14} />}
              onClick={copy}
              aria-label={`Copy ${label}`}
            >
              <span aria-live="polite">{copied ? 'Copied' : 'Copy'}</span>
            </Button>
          )}
        </CopyButton>
      )}
    </div>
  )
}
