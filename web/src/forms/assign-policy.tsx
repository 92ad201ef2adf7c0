import { Button, NativeSelect, Stack, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import { assignPolicy } from '../api/actions.ts'
import { policiesQuery } from '../api/queries.ts'
import type { Policy } from '../api/types.ts'
import { FormProblem } from '../components/Problem.tsx'
import classes from './assign-policy.module.css'

interface AssignPolicyFormProps {
  readonly channel: string
  readonly assigned: readonly Policy[]
}

export function AssignPolicyForm({ channel, assigned }: AssignPolicyFormProps): ReactNode {
  const [name, setName] = useState('')
  const queryClient = useQueryClient()
  const policies = useQuery(policiesQuery({ offset: 0, limit: 1000 }))
  const submit = useMutation({
    mutationFn: (chosen: string) => assignPolicy(channel, chosen),
    onSuccess: () => {
      setName('')
      return queryClient.invalidateQueries({ queryKey: ['channel', channel] })
    },
  })
  const taken = new Set(assigned.map((policy) => policy.name))
  const free = policies.data?.items.map((policy) => policy.name).filter((one) => !taken.has(one))
  return (
    <Stack gap="xs">
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault()
          if (name.trim() !== '') submit.mutate(name.trim())
        }}
      >
        {free ? (
          <NativeSelect
            label="Policy"
            required
            disabled={free.length === 0}
            data={[
              { value: '', label: free.length === 0 ? 'No other policy is there' : 'Choose one' },
              ...free.map((one) => ({ value: one, label: one })),
            ]}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
        ) : (
          // the owner of a channel may assign policies without seeing all there are
          <TextInput
            label="Name of the policy"
            required
            maxLength={200}
            autoComplete="off"
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
        )}
        <Button type="submit" variant="default" loading={submit.isPending} disabled={free?.length === 0}>
          Assign
        </Button>
      </form>
      <FormProblem error={submit.error} />
    </Stack>
  )
}
