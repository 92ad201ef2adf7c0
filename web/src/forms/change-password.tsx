import { PasswordInput } from '@mantine/core'
import { useState, type ReactNode } from 'react'
import { changePassword } from '../api/access-actions.ts'
import { CallForm } from '../components/CallForm.tsx'
import { Notice } from '../ui/Notice.tsx'
import { NewPasswordFields, noPassword, passwordFault } from './new-password.tsx'

export function ChangePasswordForm(): ReactNode {
  const [old, setOld] = useState('')
  const [wanted, setWanted] = useState(noPassword)
  const [isDone, setDone] = useState(false)
  return (
    <>
      <CallForm
        label="Change the password"
        isQuiet
        call={() => changePassword({ old_password: old, new_password: wanted.password })}
        refreshes={['account']}
        missing={passwordFault(wanted)}
        onDone={() => {
          setOld('')
          setWanted(noPassword)
          setDone(true)
        }}
      >
        <PasswordInput
          label="Password now"
          autoComplete="current-password"
          required
          maxLength={1000}
          value={old}
          onChange={(event) => {
            setOld(event.currentTarget.value)
            setDone(false)
          }}
          visibilityToggleButtonProps={{ 'aria-label': 'Show the password' }}
        />
        <NewPasswordFields value={wanted} onChange={setWanted} />
      </CallForm>
      {isDone && (
        <Notice tone="good" role="status">
          <p>It is changed. Your other sessions have ended.</p>
        </Notice>
      )}
    </>
  )
}
