import { useMutation, useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { deletePolicy } from '../api/actions.ts'
import { policyAssignmentsQuery, policyQuery } from '../api/queries.ts'
import { startReading } from '../api/start-reading.ts'
import type { Policy } from '../api/types.ts'
import { PolicyText } from '../components/PolicyText.tsx'
import { FormProblem } from '../components/Problem.tsx'
import { QueryView } from '../components/QueryView.tsx'
import { paths } from '../paths.ts'
import { ConfirmButton } from '../ui/ConfirmButton.tsx'
import { ButtonLink, Link } from '../ui/Link.tsx'
import { PageHead } from '../ui/PageHead.tsx'
import { Section } from '../ui/Section.tsx'
import { Time } from '../ui/Time.tsx'

export function crumb(params: Readonly<Record<string, string>>): string {
  return params['policy'] ?? 'Policy'
}

export function load(queryClient: QueryClient, name: string): void {
  startReading(queryClient, policyQuery(name))
}

const route = getRouteApi('/policies/$policy')

export function PolicyPage(): ReactNode {
  const { policy: name } = route.useParams()
  const policy = useQuery(policyQuery(name))
  return (
    <QueryView query={policy}>
      {(data) => (
        <>
          <PageHead
            title={data.name}
            description={
              <>
                Version {data.version}, saved <Time iso={data.updated_at} />
              </>
            }
            actions={!data.mirror_owned && <ButtonLink {...paths.editPolicy(data.name)}>Edit</ButtonLink>}
          />
          {data.mirror_owned && <OfMirror name={data.name} />}
          <PolicyText name={data.name} document={data.document} />
          {!data.mirror_owned && <DeletePolicy policy={data} />}
        </>
      )}
    </QueryView>
  )
}

/** What the filters of a mirror say is changed where the filters are. */
function OfMirror({ name }: { readonly name: string }): ReactNode {
  const assignments = useQuery(policyAssignmentsQuery(name))
  const place = assignments.data?.items.find(({ mirror_id: id }) => id !== undefined)
  const filters =
    place?.channel !== undefined && place.mirror_id !== undefined ? (
      <Link {...paths.mirror(place.channel, place.mirror_id)}>
        the filters of a mirror of {place.channel}
      </Link>
    ) : (
      'the filters of a mirror'
    )
  return <p>This policy is {filters}: it changes with them, and goes with the mirror.</p>
}

function DeletePolicy({ policy }: { readonly policy: Policy }): ReactNode {
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const remove = useMutation({
    mutationFn: () => deletePolicy(policy.name),
    onSuccess: async () => {
      await navigate(paths.policies())
      queryClient.removeQueries({ queryKey: ['policy', policy.name] })
      await queryClient.invalidateQueries({ queryKey: ['policies'] })
    },
  })
  return (
    <Section title="Delete this policy">
      <p>A policy that a channel is under cannot be deleted; unassign it there first.</p>
      <FormProblem error={remove.error} />
      <div>
        <ConfirmButton
          label="Delete the policy"
          description={`Delete the policy ${policy.name}`}
          confirmLabel="Delete it"
          isBusy={remove.isPending}
          onConfirm={() => remove.mutate()}
        />
      </div>
    </Section>
  )
}
