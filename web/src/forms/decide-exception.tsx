/** Approve, refuse, revoke or withdraw. Who asked for it can only take it back; the server says the rest. */
import { Button, Group, Stack, Textarea, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import { decideException, type ExceptionVerb } from '../api/actions.ts'
import type { PolicyException } from '../api/types.ts'
import { FormProblem } from '../components/Problem.tsx'
import { Card, Section } from '../ui/Section.tsx'

interface DecideExceptionFormProps {
  readonly exception: PolicyException
  /** Whether who is signed in asked for it. */
  readonly isOwn: boolean
}

export function DecideExceptionForm({ exception, isOwn }: DecideExceptionFormProps): ReactNode {
  const [form, setForm] = useState({ note: '', control: exception.compensating_control ?? '' })
  const queryClient = useQueryClient()
  const submit = useMutation({
    mutationFn: (verb: ExceptionVerb) => decideException(exception.id, verb, bodyOf(verb, form)),
    onSuccess: () => queryClient.invalidateQueries(),
  })
  const isOpen = exception.state === 'requested'
  if (!isOpen && exception.state !== 'approved') return null
  const button = (verb: ExceptionVerb, label: string, variant: 'filled' | 'default'): ReactNode => (
    <Button
      type="button"
      variant={variant}
      loading={submit.isPending && submit.variables === verb}
      onClick={() => submit.mutate(verb)}
    >
      {label}
    </Button>
  )
  if (isOpen && isOwn) {
    return (
      <Section title="Your request">
        <p>It waits for somebody else: nobody decides what they asked for.</p>
        <FormProblem error={submit.error} />
        <Group>{button('withdraw', 'Withdraw it', 'default')}</Group>
      </Section>
    )
  }
  return (
    <Section title={isOpen ? 'Decide' : 'End it'}>
      <Card>
        <Stack>
          {isOpen && (
            <TextInput
              label="Done instead, to carry the risk"
              maxLength={2000}
              value={form.control}
              onChange={(event) => setForm({ ...form, control: event.currentTarget.value })}
            />
          )}
          <Textarea
            label={isOpen ? 'Note (needed to refuse)' : 'Why it ends'}
            maxLength={2000}
            rows={2}
            required={!isOpen}
            value={form.note}
            onChange={(event) => setForm({ ...form, note: event.currentTarget.value })}
          />
          <FormProblem error={submit.error} />
          <Group>
            {isOpen ? (
              <>
                {button('approve', 'Approve: it acts at once', 'filled')}
                {button('refuse', 'Refuse', 'default')}
              </>
            ) : (
              button('revoke', 'Revoke: it acts at once', 'default')
            )}
          </Group>
        </Stack>
      </Card>
    </Section>
  )
}

function bodyOf(
  verb: ExceptionVerb,
  form: { readonly note: string; readonly control: string },
): Parameters<typeof decideException>[2] {
  const note = form.note.trim()
  const control = form.control.trim()
  if (verb === 'withdraw') return {}
  // refusing and revoking need a note; the server says so when it is empty
  if (verb !== 'approve') return { note }
  return { ...(note !== '' && { note }), ...(control !== '' && { compensating_control: control }) }
}
