/**
 * Where an invitation leads. Its token stands behind the `#` of the address, which a browser sends to no server
 * and no log sees; it is taken out of the address at once.
 */
import { Text, TextInput } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import { useEffect, useState, type ReactNode } from 'react'
import { acceptInvitation } from '../api/access-actions.ts'
import { startSession } from '../api/session.ts'
import { CallForm } from '../components/CallForm.tsx'
import { NewPasswordFields, noPassword, passwordFault } from '../forms/new-password.tsx'
import { paths } from '../paths.ts'
import { PageHead } from '../ui/PageHead.tsx'
import { Card } from '../ui/Section.tsx'
import classes from './SignInPage.module.css'

export function crumb(): string {
  return 'Invitation'
}

export function InvitationPage(): ReactNode {
  const [token, setToken] = useState(() => window.location.hash.slice(1))
  const [wanted, setWanted] = useState(noPassword)
  const queryClient = useQueryClient()
  const router = useRouter()
  useEffect(() => {
    if (window.location.hash !== '') window.history.replaceState(window.history.state, '', '/invitation')
  }, [])
  return (
    <div className={classes.page}>
      <PageHead title="Welcome" />
      <Card>
        <CallForm
          label="Make the account"
          call={async () => {
            await acceptInvitation({ token: token.trim(), password: wanted.password })
            await startSession(queryClient)
          }}
          missing={passwordFault(wanted)}
          onDone={() => void router.navigate({ ...paths.channels(), replace: true })}
        >
          <Text>You were invited. Choose a password: nobody else will ever know it.</Text>
          <TextInput
            label="Invitation"
            description="Good once; it came with the address"
            required
            maxLength={200}
            autoCapitalize="none"
            autoComplete="off"
            spellCheck={false}
            value={token}
            onChange={(event) => setToken(event.currentTarget.value)}
          />
          <NewPasswordFields value={wanted} onChange={setWanted} />
        </CallForm>
      </Card>
    </div>
  )
}
