/** How the interface speaks of a file whose bytes a check of the storage found damaged. */
import { Text } from '@mantine/core'
import type { ReactNode } from 'react'
import type { PackageFile } from '../api/types.ts'
import { Tag } from '../ui/Tag.tsx'
import { Time } from '../ui/Time.tsx'

export type Damage = NonNullable<PackageFile['damage']>

export function DamagedTag(): ReactNode {
  return (
    <Tag
      tone="bad"
      icon="alert"
      title="Its bytes are damaged or gone: clients get an error, whatever policies say."
    >
      Damaged
    </Tag>
  )
}

export function DamageText({ damage }: { readonly damage: Damage }): ReactNode {
  return (
    <Text size="sm">
      Found <Time iso={damage.found_at} />: {damage.found}.{' '}
      {damage.action === null ? '' : `Done: ${damage.action}. `}
      Way out: {damage.way_out}.
    </Text>
  )
}
