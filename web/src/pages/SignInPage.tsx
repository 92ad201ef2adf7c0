import { Button, Stack } from '@mantine/core'
import { useQuery, type QueryClient } from '@tanstack/react-query'
import { getRouteApi, useRouter } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { identityProvidersQuery } from '../api/queries.ts'
import { useIsSignedIn } from '../api/session.ts'
import { providerErrorText } from '../components/provider-errors.ts'
import { SignInForm } from '../forms/sign-in.tsx'
import { paths, returnPath, signInWithAddress } from '../paths.ts'
import { Empty } from '../ui/Empty.tsx'
import { Link } from '../ui/Link.tsx'
import { Notice } from '../ui/Notice.tsx'
import { PageHead } from '../ui/PageHead.tsx'
import { Card } from '../ui/Section.tsx'
import classes from './SignInPage.module.css'

export function crumb(): string {
  return 'Sign in'
}

/** The form for built-in accounts works without: a list that could not be had only leaves the buttons out. */
export async function load(queryClient: QueryClient): Promise<void> {
  await queryClient.query(identityProvidersQuery()).catch(() => undefined)
}

const route = getRouteApi('/sign-in')

export function SignInPage(): ReactNode {
  const { from, error } = route.useSearch()
  const router = useRouter()
  const isSignedIn = useIsSignedIn()
  const providers = useQuery(identityProvidersQuery()).data ?? []
  if (isSignedIn) {
    return (
      <div className={classes.page}>
        <PageHead title="Sign in" />
        <Empty title="You are signed in">
          <Link {...paths.account()}>Your account</Link>
        </Empty>
      </div>
    )
  }
  return (
    <div className={classes.page}>
      <PageHead title="Sign in" />
      {error !== undefined && (
        <Notice tone="bad" role="alert" title="You are not signed in">
          <p>{providerErrorText(error)}</p>
        </Notice>
      )}
      {providers.length > 0 && (
        <Card>
          <Stack>
            {providers.map(({ name, title, authorize_path: address }) => (
              // a link and no button of a form: the browser leaves for the provider and comes back
              <Button key={name} component="a" href={signInWithAddress(address, from)}>
                Sign in with {title}
              </Button>
            ))}
          </Stack>
        </Card>
      )}
      {providers.length > 0 && <p className={classes.or}>or with an account of this server</p>}
      <Card>
        <SignInForm onDone={() => router.history.replace(returnPath(from))} />
      </Card>
    </div>
  )
}
