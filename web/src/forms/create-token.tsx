import { Button, Stack, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import { createToken } from '../api/actions.ts'
import { FormProblem } from '../components/Problem.tsx'
import { CopyBlock } from '../ui/CopyBlock.tsx'
import { formatDateTime } from '../ui/format.ts'
import { Notice } from '../ui/Notice.tsx'
import classes from './create-token.module.css'

const MAX_DAYS = 366

export function CreateTokenForm(): ReactNode {
  const [form, setForm] = useState({ name: '', days: '90' })
  const queryClient = useQueryClient()
  const submit = useMutation({
    mutationFn: createToken,
    onSuccess: () => {
      setForm({ name: '', days: '90' })
      return queryClient.invalidateQueries({ queryKey: ['account', 'tokens'] })
    },
  })
  return (
    <Stack>
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault()
          submit.mutate({ name: form.name.trim(), days: Number(form.days) })
        }}
      >
        <TextInput
          label="Name"
          description="Where it will be used"
          required
          maxLength={200}
          autoComplete="off"
          value={form.name}
          onChange={(event) => setForm({ ...form, name: event.currentTarget.value })}
        />
        <TextInput
          label="Days it lives"
          description={`1 to ${MAX_DAYS}`}
          type="number"
          inputMode="numeric"
          required
          min={1}
          max={MAX_DAYS}
          value={form.days}
          onChange={(event) => setForm({ ...form, days: event.currentTarget.value })}
        />
        <Button type="submit" loading={submit.isPending}>
          Create a token
        </Button>
      </form>
      <FormProblem error={submit.error} />
      {submit.data && (
        <Notice tone="good" title="Copy it now: it is shown this once" role="status">
          <CopyBlock text={submit.data.token} label="the new token" />
          <p>It works until {formatDateTime(submit.data.expires_at)}.</p>
        </Notice>
      )}
    </Stack>
  )
}
