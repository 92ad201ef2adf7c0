/** Setting up, renewing and removing the second factor: each asks for the password, in case somebody left. */
import { Button, Group, PasswordInput, Stack, Text, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import * as actions from '../api/access-actions.ts'
import { secondFactorQuery } from '../api/access-queries.ts'
import { CallForm } from '../components/CallForm.tsx'
import { QueryView } from '../components/QueryView.tsx'
import { CopyBlock } from '../ui/CopyBlock.tsx'
import { countOf } from '../ui/format.ts'
import { Notice } from '../ui/Notice.tsx'
import { QrCode } from '../ui/QrCode.tsx'

const refreshes = ['account', 'second-factor']

type Step =
  | { readonly at: 'rest' }
  | { readonly at: 'password'; readonly why: 'begin' | 'renew' | 'remove' }
  | { readonly at: 'confirm'; readonly secret: string; readonly uri: string }
  | { readonly at: 'codes'; readonly codes: readonly string[] }

export function SecondFactor(): ReactNode {
  const factor = useQuery(secondFactorQuery())
  const [step, setStep] = useState<Step>({ at: 'rest' })
  const rest = (): void => setStep({ at: 'rest' })
  return (
    <QueryView query={factor} skeletonRows={1}>
      {(state) => {
        switch (step.at) {
          case 'password':
            return <AskPassword why={step.why} onStep={setStep} onCancel={rest} />
          case 'confirm':
            return <Confirm {...step} onStep={setStep} onCancel={rest} />
          case 'codes':
            return <RecoveryCodes codes={step.codes} onDone={rest} />
          case 'rest':
            return <State {...state} onStep={setStep} />
        }
      }}
    </QueryView>
  )
}

interface StepProps {
  readonly onStep: (step: Step) => void
  readonly onCancel: () => void
}

function State(props: {
  readonly enabled: boolean
  readonly recovery_codes_left: number
  readonly onStep: (step: Step) => void
}): ReactNode {
  if (!props.enabled) {
    return (
      <Stack gap="sm" align="flex-start">
        <Text>
          Signing in takes your password alone. With an authenticator app on your phone it takes a code, too.
        </Text>
        <Button onClick={() => props.onStep({ at: 'password', why: 'begin' })}>Set up a second factor</Button>
      </Stack>
    )
  }
  return (
    <Stack gap="sm" align="flex-start">
      <Text>
        On: signing in takes a code of your app. {countOf(props.recovery_codes_left, 'recovery code')} left.
      </Text>
      <Group>
        <Button variant="default" onClick={() => props.onStep({ at: 'password', why: 'renew' })}>
          New recovery codes
        </Button>
        <Button variant="default" onClick={() => props.onStep({ at: 'password', why: 'remove' })}>
          Remove the second factor
        </Button>
      </Group>
    </Stack>
  )
}

const labels = { begin: 'Go on', renew: 'Make new codes', remove: 'Remove it' } as const

function AskPassword({
  why,
  onStep,
  onCancel,
}: StepProps & { readonly why: keyof typeof labels }): ReactNode {
  const [password, setPassword] = useState('')
  const call = async (): Promise<Step> => {
    if (why === 'begin') return { at: 'confirm', ...(await actions.beginSecondFactor(password)) }
    if (why === 'remove') {
      await actions.removeSecondFactor(password)
      return { at: 'rest' }
    }
    return { at: 'codes', codes: (await actions.renewRecoveryCodes(password)).recovery_codes }
  }
  return (
    <CallForm label={labels[why]} call={call} refreshes={refreshes} onDone={onStep} onCancel={onCancel}>
      <PasswordInput
        label="Your password"
        autoComplete="current-password"
        autoFocus
        required
        maxLength={1000}
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
        visibilityToggleButtonProps={{ 'aria-label': 'Show the password' }}
      />
    </CallForm>
  )
}

function Confirm(props: StepProps & { readonly secret: string; readonly uri: string }): ReactNode {
  const [code, setCode] = useState('')
  return (
    <CallForm
      label="Turn it on"
      call={() => actions.confirmSecondFactor(code.trim())}
      refreshes={refreshes}
      onDone={({ recovery_codes: codes }) => props.onStep({ at: 'codes', codes })}
      onCancel={props.onCancel}
    >
      <Text>1. Have your app look at this picture, or give it the key below.</Text>
      <QrCode text={props.uri} label="The key for your authenticator app, as a picture" />
      <CopyBlock text={props.secret} label="the key for the app" />
      <TextInput
        label="2. The code that the app shows now"
        autoComplete="one-time-code"
        inputMode="numeric"
        autoFocus
        required
        maxLength={40}
        value={code}
        onChange={(event) => setCode(event.currentTarget.value)}
      />
    </CallForm>
  )
}

function RecoveryCodes(props: { readonly codes: readonly string[]; readonly onDone: () => void }): ReactNode {
  return (
    <Notice tone="good" title="Keep these codes where your phone is not" role="status">
      <p>Each lets you in once when the app is gone. They are shown this once.</p>
      <CopyBlock text={props.codes.join('\n')} label="the recovery codes" />
      <Group mt="sm">
        <Button onClick={props.onDone}>I have kept them</Button>
      </Group>
    </Notice>
  )
}
