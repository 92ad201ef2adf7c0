import { Button, Checkbox, Group, Stack, Textarea, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import { createMirror } from '../api/actions.ts'
import type { Mirror } from '../api/types.ts'
import { FormProblem } from '../components/Problem.tsx'
import { emptyMirrorForm, toNewMirror, type Licence } from './mirror-form.ts'

const OFFERED_SUBDIRS = ['noarch', 'linux-64', 'linux-aarch64', 'osx-64', 'osx-arm64', 'win-64']

const LICENCES: readonly (readonly [Licence, string])[] = [
  ['agpl', 'AGPL'],
  ['gpl2', 'GPL 2'],
  ['gpl3', 'GPL 3'],
  ['lgpl', 'LGPL'],
  ['bsd', 'BSD'],
  ['mit', 'MIT'],
  ['apache', 'Apache'],
  ['psf', 'PSF'],
  ['public_domain', 'Public domain'],
  ['proprietary', 'Proprietary'],
  ['other', 'Other or unreadable'],
  ['none', 'None stated'],
]

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
          label="Of these packages also all that they depend on"
          disabled={form.onlySpecs.trim() === ''}
          checked={form.withDependencies}
          onChange={(event) => setForm({ ...form, withDependencies: event.currentTarget.checked })}
        />
        <Checkbox
          label="Leave out a .tar.bz2 that is there as .conda too"
          checked={form.isDeduped}
          onChange={(event) => setForm({ ...form, isDeduped: event.currentTarget.checked })}
        />
        <Checkbox.Group
          label="Not with these licences (optional)"
          description="This and the next three become a policy for what the mirror brings: it acts at once, and says why"
          value={[...form.excludedLicences]}
          onChange={(licences) => setForm({ ...form, excludedLicences: licences })}
        >
          <Group mt="xs" gap="sm">
            {LICENCES.map(([licence, label]) => (
              <Checkbox key={licence} value={licence} label={label} />
            ))}
          </Group>
        </Checkbox.Group>
        <TextInput
          label="Not with a CVE that scores higher than (optional)"
          description="From 0 to 10, such as 7"
          inputMode="decimal"
          pattern="\d+(\.\d)?"
          maxLength={4}
          autoComplete="off"
          value={form.highestScore}
          onChange={(event) => setForm({ ...form, highestScore: event.currentTarget.value })}
        />
        <TextInput
          label="Not built before (optional)"
          description="By the builder's own date"
          type="date"
          value={form.builtFrom}
          onChange={(event) => setForm({ ...form, builtFrom: event.currentTarget.value })}
        />
        <Checkbox
          label="Only signed packages"
          checked={form.isSignedOnly}
          onChange={(event) => setForm({ ...form, isSignedOnly: event.currentTarget.checked })}
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
