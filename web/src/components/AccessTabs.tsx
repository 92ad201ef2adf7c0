import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { levelsQuery } from '../api/access-queries.ts'
import { PlainLink } from '../ui/Link.tsx'
import { TabLinks } from '../ui/TabLinks.tsx'
import { accessTabs } from './access-tabs.ts'
import { RequireSignIn } from './RequireSignIn.tsx'

/** What the pages about everybody's accounts and rights have above them: the ways that are open to this person. */
export function AccessTabs({ children }: { readonly children: ReactNode }): ReactNode {
  return (
    <RequireSignIn>
      <Tabs />
      {children}
    </RequireSignIn>
  )
}

function Tabs(): ReactNode {
  const levels = useQuery(levelsQuery())
  return (
    <TabLinks label="Access">
      {accessTabs(levels.data).map(({ label, to }) => (
        <PlainLink key={label} {...to}>
          {label}
        </PlainLink>
      ))}
    </TabLinks>
  )
}
