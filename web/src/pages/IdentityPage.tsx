/** One conda name: what it is upstream, what shows it, and what people say of it. */
import { useQuery, type QueryClient } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { identityQuery, withdrawRuling, type IdentityLink, type IdentityRuling } from '../api/identities.ts'
import { useIsSignedIn } from '../api/session.ts'
import { startReading } from '../api/start-reading.ts'
import { percent } from '../components/CveTags.tsx'
import { FormProblem } from '../components/Problem.tsx'
import { QueryView } from '../components/QueryView.tsx'
import { useCall } from '../components/use-call.ts'
import { RuleIdentityForm } from '../forms/rule-identity.tsx'
import { ConfirmButton } from '../ui/ConfirmButton.tsx'
import { DataTable, type Column } from '../ui/DataTable.tsx'
import { Empty } from '../ui/Empty.tsx'
import { PageHead } from '../ui/PageHead.tsx'
import { Card, Section } from '../ui/Section.tsx'
import { Time } from '../ui/Time.tsx'
import { IdentityState } from './IdentitiesPage.tsx'

export function crumb(params: Readonly<Record<string, string>>): string {
  return params['name'] ?? 'Name'
}

export function load(queryClient: QueryClient, name: string): void {
  startReading(queryClient, identityQuery(name))
}

const route = getRouteApi('/identities/$name')

export function IdentityPage(): ReactNode {
  const { name } = route.useParams()
  const isSignedIn = useIsSignedIn()
  const found = useQuery(identityQuery(name))
  return (
    <QueryView query={found}>
      {({ state, links, rulings }) => (
        <>
          <PageHead title={name} tags={<IdentityState state={state} />} />
          <Section title="What it is upstream">
            {links.length === 0 ? (
              <Empty title={state === 'none' ? 'No project anywhere' : 'Nobody has linked it'}>
                {state === 'none' ? null : 'No advisory can match it, and policies can treat it as unmapped.'}
              </Empty>
            ) : (
              <DataTable
                caption="Links"
                columns={linkColumns}
                rows={links}
                rowKey={({ identity, relation }) => `${relation} ${identity}`}
              />
            )}
          </Section>
          {rulings.length > 0 && (
            <Section title="What people say">
              <Rulings name={name} rulings={rulings} mayChange={isSignedIn} />
            </Section>
          )}
          {isSignedIn && (
            <Section title="Say what it is">
              <Card>
                <RuleIdentityForm key={name} name={name} />
              </Card>
            </Section>
          )}
        </>
      )}
    </QueryView>
  )
}

const linkColumns: readonly Column<IdentityLink>[] = [
  { label: 'Project', isRowHeader: true, render: ({ identity }) => identity },
  { label: 'How', render: ({ relation }) => relation },
  { label: 'Sure', isNumber: true, render: ({ confidence }) => percent(confidence) },
  { label: 'From', render: ({ origin }) => origin },
  { label: 'What shows it', isWide: true, render: ({ evidence }) => evidence },
]

/** Who may not take one back is told so by the server. */
function Rulings(props: { name: string; rulings: readonly IdentityRuling[]; mayChange: boolean }): ReactNode {
  const withdraw = useCall((identity: string) => withdrawRuling(props.name, identity), ['identities'])
  return (
    <>
      <FormProblem error={withdraw.error} />
      <DataTable<IdentityRuling>
        caption="What people say"
        rows={props.rulings}
        rowKey={({ identity }) => identity}
        columns={[
          {
            label: 'Project',
            isRowHeader: true,
            render: ({ identity }) => identity || 'no project anywhere',
          },
          {
            label: 'Says',
            render: ({ ruling, relation }) => (ruling === 'refused' ? 'it is not' : relation),
          },
          { label: 'By', render: ({ by }) => by },
          { label: 'When', render: ({ at }) => <Time iso={at} /> },
          { label: 'Why', isWide: true, render: ({ reason }) => reason },
          ...(props.mayChange
            ? [
                {
                  label: 'Change',
                  render: ({ identity }: IdentityRuling) => (
                    <ConfirmButton
                      label="Take back"
                      description={`Take back what was said of ${identity || props.name}: what machines find counts again`}
                      confirmLabel="Take it back"
                      isBusy={withdraw.isPending && withdraw.variables === identity}
                      onConfirm={() => withdraw.mutate(identity)}
                    />
                  ),
                },
              ]
            : []),
        ]}
      />
    </>
  )
}
