import { Button, Checkbox, Group, NativeSelect, Stack, Textarea, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import { createChannel } from '../api/actions.ts'
import type { Channel, Privacy } from '../api/types.ts'
import { FormProblem } from '../components/Problem.tsx'
import { privacyChoices } from '../components/privacy.ts'

interface Form {
  readonly name: string
  readonly description: string
  readonly privacy: Privacy
  readonly channel_type: Channel['channel_type']
}

export function CreateChannelForm({ onDone }: { readonly onDone: (channel: Channel) => void }): ReactNode {
  const [form, setForm] = useState<Form>({
    name: '',
    description: '',
    privacy: 'private',
    channel_type: 'default',
  })
  const queryClient = useQueryClient()
  const submit = useMutation({
    mutationFn: createChannel,
    onSuccess: async (channel) => {
      await queryClient.invalidateQueries({ queryKey: ['channels'] })
      onDone(channel)
    },
  })
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        submit.mutate({ ...form, name: form.name.trim(), description: form.description.trim() })
      }}
    >
      <Stack>
        <TextInput
          label="Name"
          description="Part of the address that clients use: a-z first, then a-z, 0-9, - and _; CHANNEL/NAME for a subchannel"
          required
          maxLength={200}
          autoCapitalize="none"
          autoComplete="off"
          spellCheck={false}
          value={form.name}
          onChange={(event) => setForm({ ...form, name: event.currentTarget.value })}
        />
        <Textarea
          label="Description (optional)"
          maxLength={10_000}
          rows={3}
          value={form.description}
          onChange={(event) => setForm({ ...form, description: event.currentTarget.value })}
        />
        <NativeSelect
          label="Who may read it"
          data={privacyChoices}
          value={form.privacy}
          // the options are exactly the privacies
          onChange={(event) => setForm({ ...form, privacy: event.currentTarget.value as Privacy })}
        />
        <Checkbox
          label="Virtual: it shows what other channels have"
          description="Which ones, and in which order, is said on its page of members"
          checked={form.channel_type === 'virtual'}
          onChange={(event) =>
            setForm({ ...form, channel_type: event.currentTarget.checked ? 'virtual' : 'default' })
          }
        />
        <FormProblem error={submit.error} />
        <Group>
          <Button type="submit" loading={submit.isPending}>
            Create the channel
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
