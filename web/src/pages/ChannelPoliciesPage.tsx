import { useMutation, useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useMay } from '../api/access-queries.ts'
import { unassignPolicy } from '../api/actions.ts'
import { channelPoliciesQuery } from '../api/queries.ts'
import { startReading } from '../api/start-reading.ts'
import type { ChannelPolicy } from '../api/types.ts'
import { PolicyText } from '../components/PolicyText.tsx'
import { FormProblem } from '../components/Problem.tsx'
import { QueryView } from '../components/QueryView.tsx'
import { AssignPolicyForm } from '../forms/assign-policy.tsx'
import { paths } from '../paths.ts'
import { ConfirmButton } from '../ui/ConfirmButton.tsx'
import { Empty } from '../ui/Empty.tsx'
import { Link } from '../ui/Link.tsx'
import { Section } from '../ui/Section.tsx'

export function crumb(): string {
  return 'Policies'
}

export function load(queryClient: QueryClient, channel: string): void {
  startReading(queryClient, channelPoliciesQuery(channel))
}

const route = getRouteApi('/channels/$channel/policies')

export function ChannelPoliciesPage(): ReactNode {
  const { channel } = route.useParams()
  const may = useMay(channel)
  const policies = useQuery(channelPoliciesQuery(channel))
  return (
    <QueryView query={policies}>
      {({ items }) => (
        <>
          {may('policy:edit') && <AssignPolicyForm channel={channel} assigned={items} />}
          <Link {...paths.exceptions(channel)} size="sm">
            Exceptions of this channel
          </Link>
          {items.length === 0 ? (
            <Empty title="This channel is under no policy">Clients get everything that it holds.</Empty>
          ) : (
            items.map((policy) => <AssignedPolicy key={policy.id} channel={channel} policy={policy} />)
          )}
        </>
      )}
    </QueryView>
  )
}

function AssignedPolicy({
  channel,
  policy,
}: {
  readonly channel: string
  readonly policy: ChannelPolicy
}): ReactNode {
  const may = useMay(channel)
  const queryClient = useQueryClient()
  const unassign = useMutation({
    mutationFn: () => unassignPolicy(channel, policy.name),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['channel', channel] }),
  })
  return (
    <Section
      title={`${policy.name}, version ${policy.version}`}
      actions={
        policy.inherited !== true &&
        may('policy:edit') && (
          <ConfirmButton
            label="Unassign"
            description={`Take the policy ${policy.name} off ${channel}: what it blocks comes back at once`}
            confirmLabel="Unassign it"
            isBusy={unassign.isPending}
            onConfirm={() => unassign.mutate()}
          />
        )
      }
    >
      <FormProblem error={unassign.error} />
      {policy.inherited === true && (
        <p>It is assigned to {channel.split('/')[0]}, and holds in its subchannels.</p>
      )}
      <PolicyText name={policy.name} document={policy.document} />
      <div>
        <Link {...paths.policy(policy.name)} size="sm">
          Open the policy
        </Link>
      </div>
    </Section>
  )
}
