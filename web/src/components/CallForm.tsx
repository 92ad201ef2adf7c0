import { Button, Group, Stack } from '@mantine/core'
import { useMutation, useQueryClient, type QueryKey } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { FormProblem } from './Problem.tsx'

interface CallFormProps<Answer> {
  readonly label: string
  readonly call: () => Promise<Answer>
  /** What the call changes, to be read anew. */
  readonly refreshes?: QueryKey
  readonly onDone?: (answer: Answer) => void
  readonly isQuiet?: boolean
  /** Why it cannot be sent yet; the button then says so. */
  readonly missing?: string | undefined
  readonly onCancel?: () => void
  readonly children: ReactNode
}

/** A form that makes one call: its fields, the server's refusal in its own words, the button. */
export function CallForm<Answer>(props: CallFormProps<Answer>): ReactNode {
  const queryClient = useQueryClient()
  const submit = useMutation({
    mutationFn: props.call,
    onSuccess: async (answer) => {
      if (props.refreshes) await queryClient.invalidateQueries({ queryKey: props.refreshes })
      props.onDone?.(answer)
    },
  })
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        submit.mutate()
      }}
    >
      <Stack gap="md">
        {props.children}
        <FormProblem error={submit.error} />
        <Group>
          <Button
            type="submit"
            variant={props.isQuiet ? 'default' : 'filled'}
            loading={submit.isPending}
            disabled={props.missing !== undefined}
          >
            {props.label}
          </Button>
          {props.onCancel && (
            <Button variant="subtle" onClick={props.onCancel}>
              Not now
            </Button>
          )}
          {props.missing !== undefined && <span>{props.missing}</span>}
        </Group>
      </Stack>
    </form>
  )
}
