import { getRouteApi, useRouter } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useIsSignedIn } from '../api/session.ts'
import { SignInForm } from '../forms/sign-in.tsx'
import { paths, returnPath } from '../paths.ts'
import { Empty } from '../ui/Empty.tsx'
import { Link } from '../ui/Link.tsx'
import { PageHead } from '../ui/PageHead.tsx'
import { Card } from '../ui/Section.tsx'
import classes from './SignInPage.module.css'

export function crumb(): string {
  return 'Sign in'
}

const route = getRouteApi('/sign-in')

export function SignInPage(): ReactNode {
  const { from } = route.useSearch()
  const router = useRouter()
  const isSignedIn = useIsSignedIn()
  return (
    <div className={classes.page}>
      <PageHead title="Sign in" />
      {isSignedIn ? (
        <Empty title="You are signed in">
          <Link {...paths.account()}>Your account</Link>
        </Empty>
      ) : (
        <Card>
          <SignInForm onDone={() => router.history.replace(returnPath(from))} />
        </Card>
      )}
    </div>
  )
}
