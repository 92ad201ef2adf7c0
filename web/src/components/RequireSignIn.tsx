import { useLocation } from '@tanstack/react-router'
import { useState, type ReactNode } from 'react'
import { useIsSignedIn } from '../api/session.ts'
import { Empty } from '../ui/Empty.tsx'
import { ButtonLink } from '../ui/Link.tsx'
import { paths } from '../paths.ts'

/** For forms that the server would refuse from nobody: better to say so before they are filled in. */
export function RequireSignIn({ children }: { readonly children: ReactNode }): ReactNode {
  const isSignedIn = useIsSignedIn()
  // a session that runs out must not take away what is half filled in
  const [wasSignedIn] = useState(isSignedIn)
  const href = useLocation({ select: ({ href }) => href })
  if (isSignedIn || wasSignedIn) return children
  return (
    <Empty title="Sign in to do this">
      <ButtonLink {...paths.signIn(href)} mt="sm">
        Sign in
      </ButtonLink>
    </Empty>
  )
}
