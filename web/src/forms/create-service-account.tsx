import { NativeSelect, TextInput } from '@mantine/core'
import { useState, type ReactNode } from 'react'
import { createServiceAccount } from '../api/access-actions.ts'
import type { ServiceAccount, ShareLevel } from '../api/access-types.ts'
import { CallForm } from '../components/CallForm.tsx'
import { shareLevels } from '../components/levels.ts'
import classes from './fields.module.css'

interface CreateServiceAccountFormProps {
  /** Name of the channel it belongs to; none for one of the organisation. */
  readonly channel?: string
  readonly onDone: (account: ServiceAccount) => void
}

export function CreateServiceAccountForm({ channel, onDone }: CreateServiceAccountFormProps): ReactNode {
  const [form, setForm] = useState({ name: '', description: '', permission: 'read' as ShareLevel })
  return (
    <CallForm
      label="Make the service account"
      isQuiet
      call={() =>
        createServiceAccount({
          name: form.name.trim(),
          description: form.description.trim(),
          permission: form.permission,
          ...(channel !== undefined && { channel }),
        })
      }
      refreshes={['service-accounts']}
      onDone={onDone}
    >
      <div className={classes.row}>
        <TextInput
          label="Name"
          description="Of the program: ci, nightly"
          required
          maxLength={100}
          autoCapitalize="none"
          autoComplete="off"
          spellCheck={false}
          value={form.name}
          onChange={(event) => setForm({ ...form, name: event.currentTarget.value })}
        />
        <TextInput
          label="Description (optional)"
          description="Who looks after it"
          maxLength={1000}
          autoComplete="off"
          value={form.description}
          onChange={(event) => setForm({ ...form, description: event.currentTarget.value })}
        />
        {channel !== undefined && (
          <NativeSelect
            label="In the channel it may"
            data={shareLevels}
            value={form.permission}
            // the options are exactly the levels
            onChange={(event) => setForm({ ...form, permission: event.currentTarget.value as ShareLevel })}
          />
        )}
      </div>
    </CallForm>
  )
}
