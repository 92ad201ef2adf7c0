import { Button, Checkbox, Group, Stack, Textarea, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import { createMirror } from '../api/actions.ts'
import type { Mirror } from '../api/types.ts'
import { FormProblem } from '../components/Problem.tsx'
import { emptyMirrorForm, toNewMirror } from './mirror-form.ts'

const OFFERED_SUBDIRS = ['noarch', 'linux-64', 'linux-aarch64', 'osx-64', 'osx-arm64', 'win-64']

interface CreateMirrorFormProps {
  readonly channel: string
  readonly onDone: (mirror: Mirror) => void
}

export function CreateMirrorForm({ channel, onDone }: CreateMirrorFormProps): ReactNode {
  const [form, setForm] = useState(emptyMirrorForm)
  const queryClient = useQueryClient()
  const submit = useMutation({
    mutationFn: () => createMirror(channel, toNewMirror(form)),
    onSuccess: async (mirror) => {
      await queryClient.invalidateQueries({ queryKey: ['channel', channel] })
      onDone(mirror)
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
          label="Name"
          required
          maxLength={200}
          autoComplete="off"
          spellCheck={false}
          value={form.name}
          onChange={(event) => setForm({ ...form, name: event.currentTarget.value })}
        />
        <TextInput
          label="Upstream channel"
          description="Its address, such as https://conda.anaconda.org/conda-forge, or an absolute path of a folder that the server's configuration allows"
          required
          maxLength={2000}
          autoComplete="off"
          spellCheck={false}
          value={form.sourceRoot}
          onChange={(event) => setForm({ ...form, sourceRoot: event.currentTarget.value })}
        />
        <Checkbox.Group
          label="Subdirs"
          description="Without a choice: all of these that the upstream has"
          value={[...form.subdirs]}
          onChange={(subdirs) => setForm({ ...form, subdirs })}
        >
          <Group mt="xs" gap="sm">
            {OFFERED_SUBDIRS.map((subdir) => (
              <Checkbox key={subdir} value={subdir} label={subdir} />
            ))}
          </Group>
        </Checkbox.Group>
        <Textarea
          label="Only these packages (optional)"
          description="Match specs, one on a line, such as numpy >=2; empty for all"
          autosize={false}
          rows={3}
          spellCheck={false}
          value={form.onlySpecs}
          onChange={(event) => setForm({ ...form, onlySpecs: event.currentTarget.value })}
        />
        <Textarea
          label="Not these packages (optional)"
          description="Match specs, one on a line"
          autosize={false}
          rows={2}
          spellCheck={false}
          value={form.excludeSpecs}
          onChange={(event) => setForm({ ...form, excludeSpecs: event.currentTarget.value })}
        />
        <Checkbox
          label="Leave out a .tar.bz2 that is there as .conda too"
          checked={form.isDeduped}
          onChange={(event) => setForm({ ...form, isDeduped: event.currentTarget.checked })}
        />
        <Checkbox
          label="Passive: name all files at once, and fetch each when somebody first asks for it"
          checked={form.isPassive}
          onChange={(event) => setForm({ ...form, isPassive: event.currentTarget.checked })}
        />
        <TextInput
          label="Schedule (optional)"
          description="Minute, hour, day of the month, month and day of the week, in UTC: 0 3 * * * is every night at three. Empty: it runs when somebody says so"
          maxLength={200}
          autoComplete="off"
          spellCheck={false}
          value={form.cron}
          onChange={(event) => setForm({ ...form, cron: event.currentTarget.value })}
        />
        <Checkbox
          label="Run it at once"
          checked={form.runNow}
          onChange={(event) => setForm({ ...form, runNow: event.currentTarget.checked })}
        />
        <FormProblem error={submit.error} />
        <Group>
          <Button type="submit" loading={submit.isPending}>
            Create the mirror
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
