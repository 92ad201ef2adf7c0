import type { ReactNode } from 'react'
import { paths } from '../paths.ts'
import { Empty } from '../ui/Empty.tsx'
import { Link } from '../ui/Link.tsx'

export function NoSuchPage(): ReactNode {
  return (
    <Empty title="There is no page at this address">
      <Link {...paths.channels()}>All channels</Link>
    </Empty>
  )
}
