import { getRouteApi, useNavigate } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { RequireSignIn } from '../components/RequireSignIn.tsx'
import { RequestExceptionForm } from '../forms/request-exception.tsx'
import { paths } from '../paths.ts'
import { PageHead } from '../ui/PageHead.tsx'
import { Card } from '../ui/Section.tsx'

export interface NewExceptionSearch {
  channel: string
  /** `subdir/filename` */
  file?: string
}

export function crumb(): string {
  return 'Ask for an exception'
}

const route = getRouteApi('/new/exception')

export function NewExceptionPage(): ReactNode {
  const { channel, file } = route.useSearch()
  const navigate = useNavigate()
  return (
    <>
      <PageHead
        title="Ask for an exception"
        description="What blocks the files now is worked out; a rule about CVEs is lifted for those CVEs only. Somebody else decides it."
      />
      <RequireSignIn>
        <Card>
          <RequestExceptionForm
            channel={channel}
            {...(file !== undefined && { file })}
            onDone={({ id }) => void navigate(paths.exception(id))}
          />
        </Card>
      </RequireSignIn>
    </>
  )
}
