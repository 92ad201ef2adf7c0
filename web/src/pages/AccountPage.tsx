/** Who the person is to the server, and the tokens that speak for them. */
import type { ReactNode } from 'react'
import { useSession } from '../api/session.ts'
import { AccountTabs } from '../components/AccountTabs.tsx'
import { Tokens } from '../components/Tokens.tsx'
import { tokenPlaces } from '../components/token-places.ts'
import { CreateTokenForm } from '../forms/create-token.tsx'
import { CopyBlock } from '../ui/CopyBlock.tsx'
import { Facts } from '../ui/Facts.tsx'
import { Card, Section } from '../ui/Section.tsx'

export function crumb(): string {
  return 'Your account'
}

export function AccountPage(): ReactNode {
  return (
    <AccountTabs>
      <WhoAmI />
      <Section title="New token">
        <Card>
          <p>
            A token lets a client or a script act as you. Make one for each place, so that one can be dropped.
          </p>
          <CreateTokenForm />
        </Card>
      </Section>
      <Section title="Tokens">
        <Tokens />
      </Section>
      <Section title="Where a client puts it">
        <Card>
          {tokenPlaces(window.location.origin, window.location.host).map(({ client, text }) => (
            <div key={client}>
              <p>{client}</p>
              <CopyBlock text={text} label={`a token for ${client}`} />
            </div>
          ))}
        </Card>
      </Section>
    </AccountTabs>
  )
}

function WhoAmI(): ReactNode {
  const account = useSession()
  if (!account) return null
  const { username, roles, groups, default_channel_name: defaultChannel } = account
  return (
    <Card>
      <Facts
        items={[
          ['Signed in as', username],
          [roles.length === 1 ? 'Role' : 'Roles', roles.join(', ')],
          ['Groups', groups.length === 0 ? 'none' : groups.map(({ name }) => name).join(', ')],
          ['Default channel', defaultChannel],
        ]}
      />
    </Card>
  )
}
