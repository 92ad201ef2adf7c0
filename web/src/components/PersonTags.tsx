import { Group } from '@mantine/core'
import type { ReactNode } from 'react'
import type { Person } from '../api/access-types.ts'
import { Tag } from '../ui/Tag.tsx'

/** What whoever looks after accounts should see of one at a glance. */
export function PersonTags({ person }: { readonly person: Person }): ReactNode {
  return (
    <Group gap="xs">
      {person.is_disabled && <Tag tone="bad">disabled</Tag>}
      {isLocked(person) && <Tag tone="notice">locked out</Tag>}
      {person.is_disabled === false && !isLocked(person) && <Tag tone="good">may sign in</Tag>}
      {person.has_second_factor && <Tag tone="muted">second factor</Tag>}
    </Group>
  )
}

export function isLocked({ locked_until: until }: Person): boolean {
  return until != null && new Date(until) > new Date()
}
