import { useRouter } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { createRole } from '../api/access-actions.ts'
import { RequireSignIn } from '../components/RequireSignIn.tsx'
import { RoleForm } from '../forms/role.tsx'
import { paths } from '../paths.ts'
import { PageHead } from '../ui/PageHead.tsx'

export function crumb(): string {
  return 'New role'
}

export function NewRolePage(): ReactNode {
  const router = useRouter()
  return (
    <>
      <PageHead
        title="New role"
        description="Nobody gives a role that holds more than they hold themselves."
      />
      <RequireSignIn>
        <RoleForm
          label="Make the role"
          call={createRole}
          onDone={({ id }) => void router.navigate({ ...paths.role(id), replace: true })}
        />
      </RequireSignIn>
    </>
  )
}
