import { Button, Group, Text } from '@mantine/core'
import { useEffect, useId, useRef, useState, type ReactNode } from 'react'

interface ConfirmButtonProps {
  readonly label: string
  /** What is done to what, for screen readers: `Delete the token laptop`. */
  readonly description: string
  readonly confirmLabel: string
  /** What will happen, to be read before the second press. */
  readonly consequence?: ReactNode
  readonly isBusy?: boolean
  readonly onConfirm: () => void
}

/** A button for what cannot be taken back: it asks once more, in its own place. */
export function ConfirmButton(props: ConfirmButtonProps): ReactNode {
  const [isAsking, setAsking] = useState(false)
  const keep = useRef<HTMLButtonElement>(null)
  const first = useRef<HTMLButtonElement>(null)
  const wasAsking = useRef(false)
  const consequence = useId()

  useEffect(() => {
    // the focus follows the question and comes back, or it would fall to the top of the page
    if (isAsking) keep.current?.focus()
    else if (wasAsking.current) first.current?.focus()
    wasAsking.current = isAsking
  }, [isAsking])

  if (!isAsking) {
    return (
      <Button
        ref={first}
        size="compact-sm"
        variant="default"
        loading={props.isBusy ?? false}
        aria-label={props.description}
        onClick={() => setAsking(true)}
      >
        {props.label}
      </Button>
    )
  }
  return (
    <Group
      gap="xs"
      role="group"
      aria-label={`${props.description}?`}
      wrap={props.consequence === undefined ? 'nowrap' : 'wrap'}
      onKeyDown={(event) => {
        if (event.key === 'Escape') setAsking(false)
      }}
    >
      {props.consequence !== undefined && (
        <Text size="sm" id={consequence}>
          {props.consequence}
        </Text>
      )}
      <Button ref={keep} size="compact-sm" variant="default" onClick={() => setAsking(false)}>
        Keep
      </Button>
      <Button
        size="compact-sm"
        color="red.8"
        aria-describedby={props.consequence === undefined ? undefined : consequence}
        onClick={() => {
          setAsking(false)
          props.onConfirm()
        }}
      >
        {props.confirmLabel}
      </Button>
    </Group>
  )
}
