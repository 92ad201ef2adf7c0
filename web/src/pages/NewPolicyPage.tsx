import { useNavigate } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { RequireSignIn } from '../components/RequireSignIn.tsx'
import { EditPolicyForm } from '../forms/edit-policy.tsx'
import { paths } from '../paths.ts'
import { PageHead } from '../ui/PageHead.tsx'

export function crumb(): string {
  return 'New policy'
}

export function NewPolicyPage(): ReactNode {
  const navigate = useNavigate()
  return (
    <>
      <PageHead
        title="New policy"
        description="It acts once it is assigned to a channel. A name that is taken gets a new version."
      />
      <RequireSignIn>
        <EditPolicyForm onDone={(written) => void navigate(paths.policy(written.name))} />
      </RequireSignIn>
    </>
  )
}
