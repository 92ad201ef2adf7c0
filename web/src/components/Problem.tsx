/** What people read when the server refused, or did not answer: its own words, and what to do now. */
import { Button, Group } from '@mantine/core'
import { useLocation } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { ApiError } from '../api/request.ts'
import { ButtonLink } from '../ui/Link.tsx'
import { Notice } from '../ui/Notice.tsx'
import { paths } from '../paths.ts'

interface ProblemProps {
  readonly error: unknown
  readonly onRetry?: (() => void) | undefined
}

export function Problem({ error, onRetry }: ProblemProps): ReactNode {
  const href = useLocation({ select: ({ href }) => href })
  const status = error instanceof ApiError ? error.status : undefined
  const mayRetry = onRetry && (status === undefined || status === 0 || status >= 500)
  return (
    <Notice tone={status === 401 || status === 403 ? 'none' : 'bad'} title={titleOf(status)} role="alert">
      <p>{messageOf(error)}</p>
      {status === 403 && <p>The owner of the channel or an administrator may; ask one of them.</p>}
      {(status === 401 || mayRetry) && (
        <Group>
          {status === 401 && (
            <ButtonLink size="xs" {...paths.signIn(href)}>
              Sign in
            </ButtonLink>
          )}
          {mayRetry && (
            <Button size="xs" variant="default" onClick={onRetry}>
              Try again
            </Button>
          )}
        </Group>
      )}
    </Notice>
  )
}

const SESSION_OVER = '. Your session is over: keep a copy of what you wrote here, then sign in again.'

/** The same beside a form, where it takes one line. Nothing while all is well. */
export function FormProblem({ error }: { readonly error: unknown }): ReactNode {
  if (error === null || error === undefined) return null
  return (
    <Notice tone="bad" role="alert">
      <p>
        {messageOf(error)}
        {error instanceof ApiError && error.code === 'unauthenticated' && SESSION_OVER}
      </p>
    </Notice>
  )
}

function titleOf(status: number | undefined): string {
  switch (status) {
    case 0:
      return 'No answer'
    case 401:
      return 'Sign in to see this'
    case 403:
      return 'Not yours to see'
    case 404:
      return 'Not found'
    case undefined:
      return 'This page failed'
    default:
      return status >= 500 ? 'The server has a problem' : 'The server refused'
  }
}

function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : 'something unexpected happened in this page'
  return text.charAt(0).toUpperCase() + text.slice(1)
}
