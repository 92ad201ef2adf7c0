import { Button, PasswordInput, Stack, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState, type ReactNode } from 'react'
import { signIn } from '../api/actions.ts'
import { ApiError } from '../api/request.ts'
import { startSession } from '../api/session.ts'
import { FormProblem } from '../components/Problem.tsx'

/** Asks for a code of the second factor once the server said that the account has one. */
export function SignInForm({ onDone }: { readonly onDone: () => void }): ReactNode {
  const [form, setForm] = useState({ username: '', password: '', code: '' })
  const [needsCode, setNeedsCode] = useState(false)
  const codeField = useRef<HTMLInputElement>(null)
  const queryClient = useQueryClient()
  const submit = useMutation({
    mutationFn: signIn,
    onSuccess: async () => {
      await startSession(queryClient)
      onDone()
    },
    onError: (error) => {
      if (isCodeNeeded(error)) setNeedsCode(true)
    },
  })
  useEffect(() => {
    if (needsCode) codeField.current?.focus()
  }, [needsCode])
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        const { code, ...rest } = form
        submit.mutate(needsCode ? { ...rest, code: code.trim() } : rest)
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
          onChange={(event) => {
            setForm({ ...form, username: event.currentTarget.value })
            setNeedsCode(false)
          }}
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
        {needsCode && (
          <TextInput
            ref={codeField}
            label="Code"
            description="Of your authenticator app, or one of your recovery codes"
            name="code"
            autoComplete="one-time-code"
            autoCapitalize="none"
            spellCheck={false}
            required
            maxLength={40}
            value={form.code}
            onChange={(event) => setForm({ ...form, code: event.currentTarget.value })}
          />
        )}
        {/* asking for the code is the next step, not a fault */}
        {!isCodeNeeded(submit.error) && <FormProblem error={submit.error} />}
        <Button type="submit" loading={submit.isPending}>
          Sign in
        </Button>
      </Stack>
    </form>
  )
}

function isCodeNeeded(error: unknown): boolean {
  return error instanceof ApiError && error.code === 'second-factor-needed'
}
