import { Button, Group, TextInput } from '@mantine/core'
import { useState, type ReactNode } from 'react'
import { decideImport } from '../api/sources.ts'
import type { AdvisoryImport } from '../api/source-types.ts'
import { FormProblem } from './Problem.tsx'
import { useCall } from './use-call.ts'

/** What can be done with an import, each with a reason: a held one goes through or away, one that stands is taken back. */
export function ImportDecisionForm({ of }: { readonly of: AdvisoryImport }): ReactNode {
  const [note, setNote] = useState('')
  const [isOpen, setOpen] = useState(of.state === 'held')
  const decide = useCall(decideImport, ['sources'])
  if (of.state !== 'held' && of.state !== 'active') return null
  if (!isOpen) {
    return (
      <Button
        size="compact-sm"
        variant="default"
        aria-label={`Take the import ${of.filename} back`}
        onClick={() => setOpen(true)}
      >
        Roll back …
      </Button>
    )
  }
  const verbs = of.state === 'held' ? (['approve', 'discard'] as const) : (['roll-back'] as const)
  return (
    <>
      <Group gap="xs" align="end">
        <TextInput
          label="Why"
          size="xs"
          value={note}
          maxLength={2000}
          onChange={(event) => setNote(event.currentTarget.value)}
        />
        {verbs.map((verb) => (
          <Button
            key={verb}
            size="xs"
            variant={verb === 'approve' ? 'filled' : 'default'}
            loading={decide.isPending}
            disabled={note.trim() === ''}
            title={note.trim() === '' ? 'Say why first' : undefined}
            onClick={() => decide.mutate({ importId: of.import_id, verb, note })}
          >
            {words[verb]}
          </Button>
        ))}
      </Group>
      <FormProblem error={decide.error} />
    </>
  )
}

const words = { approve: 'Approve', discard: 'Discard', 'roll-back': 'Roll back' } as const
