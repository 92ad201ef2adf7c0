/** Linking one's account to an identity provider: it asks for the password, in case somebody left. */
import { Button, Group, PasswordInput, Text, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import { beginLink } from '../api/access-actions.ts'
import { identitiesQuery, secondFactorQuery } from '../api/access-queries.ts'
import { identityProvidersQuery } from '../api/queries.ts'
import { CallForm } from '../components/CallForm.tsx'

/** A button for each provider that the account is not linked to; nothing when there is none. */
export function LinkIdentity(): ReactNode {
  const providers = useQuery(identityProvidersQuery()).data ?? []
  const linked = useQuery(identitiesQuery()).data
  const [chosen, setChosen] = useState<string>()
  const open = providers.filter(({ issuer }) => !linked?.items.some((one) => one.issuer === issuer))
  if (!linked || open.length === 0) return null
  const provider = open.find(({ name }) => name === chosen)
  if (provider)
    return <Prove name={provider.name} title={provider.title} onCancel={() => setChosen(undefined)} />
  return (
    <Group>
      {open.map(({ name, title }) => (
        <Button key={name} variant="default" onClick={() => setChosen(name)}>
          Link {title}
        </Button>
      ))}
    </Group>
  )
}

function Prove(props: {
  readonly name: string
  readonly title: string
  readonly onCancel: () => void
}): ReactNode {
  const hasFactor = useQuery(secondFactorQuery()).data?.enabled === true
  const [proof, setProof] = useState({ password: '', code: '' })
  const call = (): Promise<string> =>
    beginLink({
      provider: props.name,
      ...(proof.password !== '' && { password: proof.password }),
      ...(proof.code.trim() !== '' && { code: proof.code.trim() }),
    })
  return (
    <CallForm
      label={`Go on to ${props.title}`}
      call={call}
      onDone={(address) => window.location.assign(address)}
      onCancel={props.onCancel}
    >
      <Text>
        You sign in at {props.title}, and come back here. From then on you can sign in there as this account.
      </Text>
      <PasswordInput
        label="Your password here"
        description="Leave it empty if you only ever sign in with a provider."
        autoComplete="current-password"
        autoFocus
        maxLength={1000}
        value={proof.password}
        onChange={(event) => setProof({ ...proof, password: event.currentTarget.value })}
        visibilityToggleButtonProps={{ 'aria-label': 'Show the password' }}
      />
      {hasFactor && (
        <TextInput
          label="A code of your app, or a recovery code"
          autoComplete="one-time-code"
          required
          maxLength={40}
          value={proof.code}
          onChange={(event) => setProof({ ...proof, code: event.currentTarget.value })}
        />
      )}
    </CallForm>
  )
}
