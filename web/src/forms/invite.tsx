import { NativeSelect, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import { invite } from '../api/access-actions.ts'
import { allGroupsQuery, rolesQuery } from '../api/access-queries.ts'
import { CallForm } from '../components/CallForm.tsx'
import { SecretOnce } from '../components/SecretOnce.tsx'
import { formatDateTime } from '../ui/format.ts'
import classes from './fields.module.css'

const empty = { username: '', email: '', role: '', group: '' }

export function InviteForm(): ReactNode {
  const [form, setForm] = useState(empty)
  const [made, setMade] = useState<{ token: string; expires_at: string }>()
  const roles = useQuery(rolesQuery())
  const groups = useQuery(allGroupsQuery())
  const granted = roles.data?.items.filter((role) => role.given_to === 'granted') ?? []
  return (
    <>
      <CallForm
        label="Invite"
        call={() =>
          invite({
            username: form.username.trim(),
            ...(form.email.trim() !== '' && { email: form.email.trim() }),
            roles: form.role === '' ? [] : [form.role],
            groups: form.group === '' ? [] : [form.group],
          })
        }
        refreshes={['invitations']}
        onDone={(answer) => {
          setForm(empty)
          setMade(answer)
        }}
      >
        <div className={classes.row}>
          <TextInput
            label="User name"
            required
            maxLength={300}
            autoCapitalize="none"
            autoComplete="off"
            spellCheck={false}
            value={form.username}
            onChange={(event) => setForm({ ...form, username: event.currentTarget.value })}
          />
          <TextInput
            label="Email (optional)"
            type="email"
            maxLength={300}
            autoComplete="off"
            value={form.email}
            onChange={(event) => setForm({ ...form, email: event.currentTarget.value })}
          />
          <NativeSelect
            label="Role (optional)"
            data={[
              { value: '', label: 'none' },
              ...granted.map(({ name }) => ({ value: name, label: name })),
            ]}
            value={form.role}
            onChange={(event) => setForm({ ...form, role: event.currentTarget.value })}
          />
          <NativeSelect
            label="Group (optional)"
            data={[
              { value: '', label: 'none' },
              ...(groups.data?.items.map(({ id, name }) => ({ value: id, label: name })) ?? []),
            ]}
            value={form.group}
            onChange={(event) => setForm({ ...form, group: event.currentTarget.value })}
          />
        </div>
      </CallForm>
      {made && (
        <SecretOnce text={`${window.location.origin}/invitation#${made.token}`} label="the invitation">
          <p>
            Send it to them alone. Whoever opens it first chooses the password. It is good until{' '}
            {formatDateTime(made.expires_at)}.
          </p>
        </SecretOnce>
      )}
    </>
  )
}
