/** Saying what a CVE is in some files. A grave one waits for somebody else; the server says which. */
import { Group, NativeSelect, Textarea, TextInput } from '@mantine/core'
import { useState, type ReactNode } from 'react'
import { setStatus } from '../api/cve-queries.ts'
import { cveStatuses, type Curation, type CveStatus } from '../api/types.ts'
import { CallForm } from '../components/CallForm.tsx'
import { Notice } from '../ui/Notice.tsx'

const DAY_MS = 86_400_000

interface SetStatusFormProps {
  readonly cve: string
  /** Packages it concerns, to choose from. */
  readonly packages: readonly string[]
}

export function SetStatusForm({ cve, packages }: SetStatusFormProps): ReactNode {
  const [form, setForm] = useState({
    status: 'cleared' as CveStatus,
    package: packages[0] ?? '',
    version: '',
    from: '',
    to: '',
    channel: '',
    days: '',
    reason: '',
  })
  const [done, setDone] = useState<Curation>()
  const text = (field: 'version' | 'channel' | 'from' | 'to' | 'days', label: string, hint: string) => (
    <TextInput
      label={label}
      description={hint}
      inputMode={field === 'version' || field === 'channel' ? 'text' : 'numeric'}
      maxLength={200}
      autoComplete="off"
      value={form[field]}
      onChange={(event) => setForm({ ...form, [field]: event.currentTarget.value })}
    />
  )
  return (
    <CallForm
      label="Say so"
      refreshes={['cves']}
      call={() =>
        setStatus(cve, {
          status: form.status,
          reason: form.reason.trim(),
          package: form.package.trim(),
          ...(form.version.trim() !== '' && { version: form.version.trim() }),
          ...(form.from !== '' && { build_from: Number(form.from) }),
          ...(form.to !== '' && { build_to: Number(form.to) }),
          ...(form.channel.trim() !== '' && { channel: form.channel.trim() }),
          ...(form.days !== '' && {
            expires_at: new Date(Date.now() + Number(form.days) * DAY_MS).toISOString(),
          }),
        })
      }
      onDone={setDone}
    >
      {done && (
        <Notice role="status" tone="good" title={done.state === 'proposed' ? 'It waits' : 'It acts'}>
          {done.state === 'proposed'
            ? `${cve} is grave: somebody else has to agree that it is ${done.status} in ${done.scope}.`
            : `${cve} is ${done.status} in ${done.scope}.`}
        </Notice>
      )}
      <Group align="start" grow>
        <NativeSelect
          label="It is"
          description="What holds in these files"
          data={[...cveStatuses]}
          value={form.status}
          // the options are exactly the statuses
          onChange={(event) => setForm({ ...form, status: event.currentTarget.value as CveStatus })}
        />
        <NativeSelect
          label="In the package"
          description="One that it concerns"
          data={[...packages]}
          value={form.package}
          onChange={(event) => setForm({ ...form, package: event.currentTarget.value })}
        />
        {text('version', 'Version', 'All without it')}
        {text('channel', 'Channel', 'All without it')}
      </Group>
      <Group align="start" grow>
        {text('from', 'Build number from', 'Of that version')}
        {text('to', 'Build number to', 'Of that version')}
        {text('days', 'Days it lasts', 'Cleared and disputed: 180 without it')}
      </Group>
      <Textarea
        label="Why"
        description="Everybody who sees the finding reads it"
        required
        rows={2}
        maxLength={2000}
        value={form.reason}
        onChange={(event) => setForm({ ...form, reason: event.currentTarget.value })}
      />
    </CallForm>
  )
}
