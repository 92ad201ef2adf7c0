import { useQuery } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { policyQuery } from '../api/queries.ts'
import { QueryView } from '../components/QueryView.tsx'
import { EditPolicyForm } from '../forms/edit-policy.tsx'
import { paths } from '../paths.ts'
import { Link } from '../ui/Link.tsx'
import { PageHead } from '../ui/PageHead.tsx'

export function crumb(params: Readonly<Record<string, string>>): string {
  return `Edit ${params['policy'] ?? 'policy'}`
}

const route = getRouteApi('/policies/$policy/edit')

export function EditPolicyPage(): ReactNode {
  const { policy: name } = route.useParams()
  const navigate = useNavigate()
  const policy = useQuery(policyQuery(name))
  return (
    <>
      <PageHead
        title={`Edit ${name}`}
        description="A document with another name becomes a policy of its own; this one then stays as it is."
        actions={<Link {...paths.policy(name)}>Back without saving</Link>}
      />
      <QueryView query={policy}>
        {(data) => (
          <EditPolicyForm policy={data} onDone={(written) => void navigate(paths.policy(written.name))} />
        )}
      </QueryView>
    </>
  )
}
