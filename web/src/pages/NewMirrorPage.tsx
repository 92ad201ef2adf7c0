import { getRouteApi, useNavigate } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { RequireSignIn } from '../components/RequireSignIn.tsx'
import { CreateMirrorForm } from '../forms/create-mirror.tsx'
import { paths } from '../paths.ts'
import { PageHead } from '../ui/PageHead.tsx'
import { Card } from '../ui/Section.tsx'

export function crumb(): string {
  return 'New mirror'
}

const route = getRouteApi('/channels/$channel/mirrors/new')

export function NewMirrorPage(): ReactNode {
  const { channel } = route.useParams()
  const navigate = useNavigate()
  return (
    <>
      <PageHead title="New mirror" description={`It brings packages of another channel into ${channel}.`} />
      <RequireSignIn>
        <Card>
          <CreateMirrorForm
            channel={channel}
            onDone={(mirror) => void navigate(paths.mirror(channel, mirror.mirror_id))}
          />
        </Card>
      </RequireSignIn>
    </>
  )
}
