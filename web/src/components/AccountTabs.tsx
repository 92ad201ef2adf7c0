import type { ReactNode } from 'react'
import { paths } from '../paths.ts'
import { PlainLink } from '../ui/Link.tsx'
import { PageHead } from '../ui/PageHead.tsx'
import { TabLinks } from '../ui/TabLinks.tsx'
import { RequireSignIn } from './RequireSignIn.tsx'

/** What the pages about one's own account have above them. */
export function AccountTabs({ children }: { readonly children: ReactNode }): ReactNode {
  return (
    <>
      <PageHead title="Your account" />
      <RequireSignIn>
        <TabLinks label="Your account">
          <PlainLink {...paths.account()}>Tokens</PlainLink>
          <PlainLink {...paths.security()}>Password and sessions</PlainLink>
        </TabLinks>
        {children}
      </RequireSignIn>
    </>
  )
}
