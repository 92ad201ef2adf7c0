import { Button, Checkbox, Group, NativeSelect, Stack, Textarea, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import { requestException, type ExceptionWish } from '../api/actions.ts'
import type { PolicyException } from '../api/types.ts'
import { FormProblem } from '../components/Problem.tsx'

const DAY_MS = 86_400_000
const MAX_DAYS = 366

const kinds = {
  files: { label: 'Files', description: 'subdir/filename, one a line' },
  package: { label: 'A package with a version range', description: 'A match spec: openssl 1.1.1*' },
  cves: { label: 'CVEs, in every package', description: 'CVE-2022-0778, one a line' },
} as const
type Kind = keyof typeof kinds

interface RequestExceptionFormProps {
  readonly channel: string
  readonly file?: string
  readonly onDone: (exception: PolicyException) => void
}

export function RequestExceptionForm({ channel, file, onDone }: RequestExceptionFormProps): ReactNode {
  const [form, setForm] = useState({
    channel,
    kind: 'files' as Kind,
    what: file ?? '',
    reason: '',
    control: '',
    days: '30',
    untilFixed: true,
  })
  const queryClient = useQueryClient()
  const submit = useMutation({
    mutationFn: () =>
      requestException(form.channel.trim(), {
        ...scopeOf(form.kind, form.what),
        reason: form.reason.trim(),
        ...(form.control.trim() !== '' && { compensating_control: form.control.trim() }),
        expires_at: new Date(Date.now() + Number(form.days) * DAY_MS).toISOString(),
        until_fixed: form.untilFixed,
      }),
    onSuccess: async (exception) => {
      await queryClient.invalidateQueries({ queryKey: ['exceptions'] })
      onDone(exception)
    },
  })
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        submit.mutate()
      }}
    >
      <Stack>
        <TextInput
          label="Channel"
          required
          maxLength={200}
          autoComplete="off"
          value={form.channel}
          onChange={(event) => setForm({ ...form, channel: event.currentTarget.value })}
        />
        <NativeSelect
          label="For"
          data={Object.entries(kinds).map(([value, { label }]) => ({ value, label }))}
          value={form.kind}
          // the options are exactly the kinds
          onChange={(event) => setForm({ ...form, kind: event.currentTarget.value as Kind })}
        />
        <Textarea
          label={kinds[form.kind].label}
          description={kinds[form.kind].description}
          required
          rows={form.kind === 'package' ? 1 : 3}
          spellCheck={false}
          value={form.what}
          onChange={(event) => setForm({ ...form, what: event.currentTarget.value })}
        />
        <Textarea
          label="Why you need it"
          required
          maxLength={2000}
          rows={2}
          value={form.reason}
          onChange={(event) => setForm({ ...form, reason: event.currentTarget.value })}
        />
        <Textarea
          label="What is done instead, to carry the risk (optional)"
          maxLength={2000}
          rows={2}
          value={form.control}
          onChange={(event) => setForm({ ...form, control: event.currentTarget.value })}
        />
        <TextInput
          label="Days it lasts"
          description={`1 to ${MAX_DAYS}`}
          type="number"
          required
          min={1}
          max={MAX_DAYS}
          value={form.days}
          onChange={(event) => setForm({ ...form, days: event.currentTarget.value })}
        />
        <Checkbox
          label="End it as soon as the channel allows a version without the CVEs"
          checked={form.untilFixed}
          onChange={(event) => setForm({ ...form, untilFixed: event.currentTarget.checked })}
        />
        <FormProblem error={submit.error} />
        <Group>
          <Button type="submit" loading={submit.isPending}>
            Ask for it
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

function scopeOf(kind: Kind, what: string): Pick<ExceptionWish, 'files' | 'package' | 'cves'> {
  const lines = what
    .split(/\s*\n\s*/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
  switch (kind) {
    case 'files':
      return { files: lines }
    case 'package':
      return { package: what.trim() }
    case 'cves':
      return { cves: lines }
  }
}
