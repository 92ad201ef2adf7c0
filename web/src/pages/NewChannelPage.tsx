import { useNavigate } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { RequireSignIn } from '../components/RequireSignIn.tsx'
import { CreateChannelForm } from '../forms/create-channel.tsx'
import { paths } from '../paths.ts'
import { PageHead } from '../ui/PageHead.tsx'
import { Card } from '../ui/Section.tsx'

export function crumb(): string {
  return 'New channel'
}

export function NewChannelPage(): ReactNode {
  const navigate = useNavigate()
  return (
    <>
      <PageHead title="New channel" />
      <RequireSignIn>
        <Card>
          <CreateChannelForm
            onDone={({ path, channel_type: type }) =>
              void navigate(type === 'virtual' ? paths.members(path) : paths.channel(path))
            }
          />
        </Card>
      </RequireSignIn>
    </>
  )
}
