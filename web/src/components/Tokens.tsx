import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { deleteToken } from '../api/access-actions.ts'
import { tokensKey, tokensQuery } from '../api/access-queries.ts'
import type { TokenInfo } from '../api/access-types.ts'
import { ConfirmButton } from '../ui/ConfirmButton.tsx'
import { DataTable } from '../ui/DataTable.tsx'
import { Empty } from '../ui/Empty.tsx'
import { Time } from '../ui/Time.tsx'
import { FormProblem } from './Problem.tsx'
import { QueryView } from './QueryView.tsx'
import { useCall } from './use-call.ts'

/** @param owner id of the account; undefined for one's own */
export function Tokens({ owner }: { readonly owner?: string }): ReactNode {
  const tokens = useQuery(tokensQuery(owner))
  const remove = useCall((id: string) => deleteToken(owner, id), tokensKey(owner))
  return (
    <QueryView query={tokens}>
      {({ items }) => (
        <>
          <FormProblem error={remove.error} />
          {items.length === 0 ? (
            <Empty title="No tokens" />
          ) : (
            <DataTable<TokenInfo>
              caption="Tokens"
              rows={items}
              rowKey={({ id }) => id}
              columns={[
                { label: 'Name', isRowHeader: true, render: ({ name }) => name },
                { label: 'May do', isWide: true, render: limitOf },
                { label: 'Created', render: (token) => <Time iso={token.created_at} /> },
                { label: 'Ends', render: (token) => <Time iso={token.expires_at} /> },
                { label: 'Last used', render: LastUse },
                {
                  label: 'Revoke',
                  render: ({ id, name }) => (
                    <ConfirmButton
                      label="Revoke"
                      description={`Revoke the token ${name}`}
                      confirmLabel="Revoke it"
                      isBusy={remove.isPending && remove.variables === id}
                      onConfirm={() => remove.mutate(id)}
                    />
                  ),
                },
              ]}
            />
          )}
        </>
      )}
    </QueryView>
  )
}

function limitOf({ scopes, resources }: TokenInfo): string {
  if (resources) return resources.map((one) => `${one.permission} ${one.resource_id}`).join(', ')
  return scopes ? scopes.join(', ') : 'all that its account may'
}

function LastUse({ last_used_at: at, last_used_address: address }: TokenInfo): ReactNode {
  if (at === null) return 'never'
  return (
    <>
      <Time iso={at} />
      {address !== null && ` from ${address}`}
    </>
  )
}
