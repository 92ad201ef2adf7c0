import { Button, PasswordInput, Stack, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import { signIn } from '../api/actions.ts'
import { startSession } from '../api/session.ts'
import { FormProblem } from '../components/Problem.tsx'

export function SignInForm({ onDone }: { readonly onDone: () => void }): ReactNode {
  const [form, setForm] = useState({ username: '', password: '' })
  const submit = useMutation({
    mutationFn: signIn,
    onSuccess: ({ token }) => {
      startSession(token)
      onDone()
    },
  })
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        submit.mutate(form)
      }}
    >
      <Stack>
        <TextInput
          label="User name"
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          required
          maxLength={200}
          value={form.username}
          onChange={(event) => setForm({ ...form, username: event.currentTarget.value })}
        />
        <PasswordInput
          label="Password"
          name="password"
          autoComplete="current-password"
          required
          maxLength={1000}
          value={form.password}
          onChange={(event) => setForm({ ...form, password: event.currentTarget.value })}
          visibilityToggleButtonProps={{ 'aria-label': 'Show the password' }}
        />
        <FormProblem error={submit.error} />
        <Button type="submit" loading={submit.isPending}>
          Sign in
        </Button>
      </Stack>
    </form>
  )
}
