import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { unlink } from '../api/access-actions.ts'
import { identitiesQuery } from '../api/access-queries.ts'
import type { LinkedIdentity } from '../api/access-types.ts'
import { ConfirmButton } from '../ui/ConfirmButton.tsx'
import { DataTable } from '../ui/DataTable.tsx'
import { Empty } from '../ui/Empty.tsx'
import { Time } from '../ui/Time.tsx'
import { FormProblem } from './Problem.tsx'
import { QueryView } from './QueryView.tsx'
import { useCall } from './use-call.ts'

/** Providers that an account is linked to. @param owner its id; undefined for one's own */
export function Identities({ owner }: { readonly owner?: string }): ReactNode {
  const identities = useQuery(identitiesQuery(owner))
  const remove = useCall((issuer: string) => unlink(owner, issuer), identitiesQuery(owner).queryKey)
  return (
    <>
      <FormProblem error={remove.error} />
      <QueryView query={identities} skeletonRows={1}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="Linked to no identity provider" />
          ) : (
            <DataTable<LinkedIdentity>
              caption="Linked identity providers"
              rows={items}
              rowKey={({ issuer }) => issuer}
              columns={[
                { label: 'Provider', isRowHeader: true, render: ({ title, issuer }) => title ?? issuer },
                { label: 'Known there as', isWide: true, render: ({ subject }) => <code>{subject}</code> },
                { label: 'Since', render: (one) => <Time iso={one.created_at} /> },
                {
                  label: 'Last sign-in with it',
                  render: ({ last_login_at: at }) => (at === null ? 'never' : <Time iso={at} />),
                },
                {
                  label: 'Unlink',
                  render: ({ issuer, title }) => (
                    <ConfirmButton
                      label="Unlink"
                      description={`Take the link to ${title ?? issuer} away: sessions that came from there end, and what it gave goes`}
                      confirmLabel="Unlink it"
                      isBusy={remove.isPending && remove.variables === issuer}
                      onConfirm={() => remove.mutate(issuer)}
                    />
                  ),
                },
              ]}
            />
          )
        }
      </QueryView>
    </>
  )
}
