/** Two fields for a new password, with the browser's own help to remember it. */
import { PasswordInput } from '@mantine/core'
import type { ReactNode } from 'react'

const MIN_LENGTH = 12

export interface NewPassword {
  readonly password: string
  readonly again: string
}

export const noPassword: NewPassword = { password: '', again: '' }

/** What is wrong with it so far; undefined when it can be sent. */
export function passwordFault({ password, again }: NewPassword): string | undefined {
  if (password === '' && again === '') return undefined
  if (password.length < MIN_LENGTH) return `It has ${password.length} of ${MIN_LENGTH} characters`
  return again !== '' && again !== password ? 'The two are not the same' : undefined
}

export function NewPasswordFields(props: {
  readonly value: NewPassword
  readonly onChange: (value: NewPassword) => void
}): ReactNode {
  const { value, onChange } = props
  return (
    <>
      <PasswordInput
        label="New password"
        description={`${MIN_LENGTH} characters or more; a few words are good`}
        autoComplete="new-password"
        required
        minLength={MIN_LENGTH}
        maxLength={1000}
        value={value.password}
        onChange={(event) => onChange({ ...value, password: event.currentTarget.value })}
        visibilityToggleButtonProps={{ 'aria-label': 'Show the new password' }}
      />
      <PasswordInput
        label="The same again"
        autoComplete="new-password"
        required
        maxLength={1000}
        value={value.again}
        onChange={(event) => onChange({ ...value, again: event.currentTarget.value })}
        visibilityToggleButtonProps={{ 'aria-label': 'Show it' }}
      />
    </>
  )
}
