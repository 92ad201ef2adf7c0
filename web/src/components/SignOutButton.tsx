import { Button, type ButtonProps } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { endSession } from '../api/session.ts'
import { paths } from '../paths.ts'

/**
 * Leaves the page too, which may show what was only for this person: a new token. Says so when the server could not be told: the session would live on.
 */
export function SignOutButton(props: ButtonProps): ReactNode {
  const queryClient = useQueryClient()
  const router = useRouter()
  const signOut = useMutation({
    mutationFn: () => endSession(queryClient),
    onSuccess: (address) => {
      if (address === undefined) return router.navigate(paths.channels())
      window.location.assign(address)
    },
  })
  return (
    <Button variant="default" loading={signOut.isPending} onClick={() => signOut.mutate()} {...props}>
      {signOut.isError ? 'Not signed out: try again' : 'Sign out'}
    </Button>
  )
}
