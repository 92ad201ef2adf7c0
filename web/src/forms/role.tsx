import { NativeSelect, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import type { RoleRequest } from '../api/access-actions.ts'
import { resourceTypesQuery } from '../api/access-queries.ts'
import type { Role } from '../api/access-types.ts'
import { CallForm } from '../components/CallForm.tsx'
import { QueryView } from '../components/QueryView.tsx'
import { ResourceLevels } from '../components/ResourceLevels.tsx'
import { Card } from '../ui/Section.tsx'
import classes from './fields.module.css'

interface RoleFormProps {
  /** What it starts from; none for a new one. */
  readonly role?: Role
  readonly isReadOnly?: boolean
  readonly label: string
  readonly call: (request: RoleRequest) => Promise<Role>
  readonly onDone?: (role: Role) => void
}

export function RoleForm({ role, isReadOnly = false, label, call, onDone }: RoleFormProps): ReactNode {
  const [form, setForm] = useState<RoleRequest>({
    name: role?.name ?? '',
    description: role?.description ?? '',
    reach: role?.reach ?? 'own',
    permissions: role?.permissions ?? {},
  })
  const resources = useQuery(resourceTypesQuery())
  const set = (change: Partial<RoleRequest>): void => setForm({ ...form, ...change })
  const matrix = (
    <QueryView query={resources} skeletonRows={12}>
      {(keys) => (
        <ResourceLevels
          resources={keys}
          value={form.permissions}
          onChange={isReadOnly ? undefined : (permissions) => set({ permissions })}
        />
      )}
    </QueryView>
  )
  if (isReadOnly) return matrix
  return (
    <CallForm label={label} call={() => call(form)} refreshes={['roles']} {...(onDone && { onDone })}>
      <Card>
        <div className={classes.row}>
          <TextInput
            label="Name"
            required
            disabled={role?.persistent ?? false}
            maxLength={200}
            autoComplete="off"
            value={form.name}
            onChange={(event) => set({ name: event.currentTarget.value })}
          />
          <TextInput
            label="Description (optional)"
            maxLength={2000}
            autoComplete="off"
            value={form.description}
            onChange={(event) => set({ description: event.currentTarget.value })}
          />
          <NativeSelect
            label="Reaches"
            disabled={role?.persistent ?? false}
            data={[
              { value: 'own', label: 'channels one has access to' },
              { value: 'all', label: 'every channel and the server' },
            ]}
            value={form.reach}
            // the options are exactly these two
            onChange={(event) => set({ reach: event.currentTarget.value as 'own' | 'all' })}
          />
        </div>
      </Card>
      {matrix}
    </CallForm>
  )
}
