/** What people say of CVEs, with what a curator can do about it. */
import { Button, Group, TextInput } from '@mantine/core'
import { useState, type ReactNode } from 'react'
import { decideCuration, type CurationVerb } from '../api/cve-queries.ts'
import { useSession } from '../api/session.ts'
import type { Curation } from '../api/types.ts'
import { paths } from '../paths.ts'
import { DataTable, type Column } from '../ui/DataTable.tsx'
import { Link } from '../ui/Link.tsx'
import { Tag } from '../ui/Tag.tsx'
import { Time } from '../ui/Time.tsx'
import { StatusTag } from './CveTags.tsx'
import { FormProblem } from './Problem.tsx'
import { useCall } from './use-call.ts'

export function Curations({ items, withCve }: { items: readonly Curation[]; withCve?: boolean }): ReactNode {
  const account = useSession()
  const cveColumn: Column<Curation> = {
    label: 'CVE',
    isShort: true,
    render: ({ cve }) => <Link {...paths.cve(cve)}>{cve}</Link>,
  }
  return (
    <DataTable
      caption="What people say"
      columns={[
        { label: 'Files', isRowHeader: true, render: ({ scope }) => scope },
        ...(withCve ? [cveColumn] : []),
        {
          label: 'Status',
          render: ({ status, state }) => (
            <Group gap={4}>
              <StatusTag status={status} />
              {state === 'proposed' && (
                <Tag tone="wait" icon="clock">
                  proposed
                </Tag>
              )}
            </Group>
          ),
        },
        { label: 'Says', render: ({ author }) => author },
        { label: 'Why', isWide: true, render: ({ reason }) => reason },
        {
          label: 'Until',
          render: ({ expires_at: ends }) => (ends === null ? 'for good' : <Time iso={ends} />),
        },
        ...(account ? [{ label: 'Decide', render: (one: Curation) => <Decide curation={one} /> }] : []),
      ]}
      rows={items}
      rowKey={({ id }) => id}
    />
  )
}

/** Who may not is told so by the server. */
function Decide({ curation }: { readonly curation: Curation }): ReactNode {
  const [note, setNote] = useState('')
  const call = useCall((verb: CurationVerb) => decideCuration(curation.id, verb, note.trim()), ['cves'])
  const button = (verb: CurationVerb, label: string, needsNote: boolean): ReactNode => (
    <Button
      size="compact-xs"
      variant="default"
      title={needsNote && note.trim() === '' ? 'Say why first' : undefined}
      disabled={needsNote && note.trim() === ''}
      loading={call.isPending && call.variables === verb}
      onClick={() => call.mutate(verb)}
    >
      {label}
    </Button>
  )
  return (
    <>
      <Group gap={4} wrap="nowrap">
        <TextInput
          size="xs"
          aria-label={`Why, for ${curation.scope}`}
          placeholder="Why"
          maxLength={2000}
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
        />
        {curation.state === 'proposed' ? (
          <>
            {button('approve', 'Approve', false)}
            {button('refuse', 'Refuse', true)}
          </>
        ) : (
          button('end', 'End', true)
        )}
      </Group>
      <FormProblem error={call.error} />
    </>
  )
}
