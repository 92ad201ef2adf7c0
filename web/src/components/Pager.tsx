import { Group, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import type { Page } from '../api/types.ts'
import type { ListSearch } from '../paths.ts'
import { countOf, formatCount } from '../ui/format.ts'
import { Icon } from '../ui/icons.tsx'
import { ButtonLink } from '../ui/Link.tsx'

interface PagerProps {
  readonly page: Page<unknown>
  readonly search: ListSearch & { readonly part?: number }
  readonly limit: number
  /** Where the address keeps it: `part` of the second list of a page. */
  readonly field?: 'page' | 'part'
  /** What is listed: `package` */
  readonly noun: string
  readonly plural?: string
}

/** Which part of a list this is, and the way to the others. The address keeps the page. */
export function Pager({ page, search, limit, noun, plural, field = 'page' }: PagerProps): ReactNode {
  const current = search[field] ?? 1
  const last = Math.max(1, Math.ceil(page.total_count / limit))
  const from = (current - 1) * limit + 1
  const to = from + page.items.length - 1
  const total = countOf(page.total_count, noun, plural)
  return (
    <Group justify="space-between" gap="sm" component="nav" aria-label="Pages">
      <Text size="sm" c="dimmed" role="status">
        {last === 1 || page.items.length === 0
          ? total
          : `${formatCount(from)} to ${formatCount(to)} of ${total}`}
      </Text>
      {last > 1 && (
        <Group gap="xs">
          <Step label="Previous" field={field} to={current - 1} isOff={current <= 1} />
          <Step label="Next" field={field} to={current + 1} isOff={current >= last} />
        </Group>
      )}
    </Group>
  )
}

function Step(props: {
  readonly label: 'Previous' | 'Next'
  readonly field: 'page' | 'part'
  readonly to: number
  readonly isOff: boolean
}): ReactNode {
  return (
    <ButtonLink
      size="xs"
      variant="default"
      to="."
      search={(before) => withPage(before, props.field, props.to)}
      disabled={props.isOff}
      {...(props.isOff && { 'data-disabled': true })}
      leftSection={props.label === 'Previous' && <Icon name="left" size={13} />}
      rightSection={props.label === 'Next' && <Icon name="right" size={13} />}
    >
      {props.label}
    </ButtonLink>
  )
}

/** Whatever else the address says stays. */
function withPage<Search extends { page?: number; part?: number }>(
  before: Search,
  field: 'page' | 'part',
  page: number,
): Search {
  const { ...after } = before
  if (page > 1) after[field] = page
  else if (field === 'page') delete after.page
  else delete after.part
  return after
}
