import { NativeSelect, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import { findPerson, shareChannel } from '../api/access-actions.ts'
import { allGroupsQuery } from '../api/access-queries.ts'
import type { ShareLevel } from '../api/access-types.ts'
import { CallForm } from '../components/CallForm.tsx'
import { shareLevels } from '../components/levels.ts'
import { PersonField } from '../components/PersonField.tsx'
import classes from './fields.module.css'

interface Form {
  readonly kind: 'user' | 'group'
  /** Id of a group, or name of a person. */
  readonly subject: string
  readonly permission: ShareLevel
  readonly patterns: string
}

const empty: Form = { kind: 'group', subject: '', permission: 'read', patterns: '' }

/** Sharing again with the same one changes the share. */
export function ShareForm({ channel }: { readonly channel: string }): ReactNode {
  const [form, setForm] = useState(empty)
  const groups = useQuery(allGroupsQuery())
  const set = (change: Partial<Form>): void => setForm({ ...form, ...change })
  return (
    <CallForm
      label="Share"
      isQuiet
      call={async () =>
        shareChannel(
          channel,
          form.kind,
          form.kind === 'group' ? form.subject : (await findPerson(form.subject)).id,
          { permission: form.permission, name_patterns: patternsOf(form) },
        )
      }
      refreshes={['channel', channel]}
      missing={
        form.kind === 'group' && groups.data?.items.length === 0 ? 'There are no groups yet' : undefined
      }
      onDone={() => setForm({ ...empty, kind: form.kind })}
    >
      <div className={classes.row}>
        <NativeSelect
          label="With a"
          data={[
            { value: 'group', label: 'group' },
            { value: 'user', label: 'person' },
          ]}
          value={form.kind}
          // the options are exactly these two
          onChange={(event) => set({ kind: event.currentTarget.value as Form['kind'], subject: '' })}
        />
        {form.kind === 'group' ? (
          <NativeSelect
            label="Group"
            required
            data={[
              { value: '', label: 'Choose one' },
              ...(groups.data?.items.map(({ id, name }) => ({ value: id, label: name })) ?? []),
            ]}
            value={form.subject}
            onChange={(event) => set({ subject: event.currentTarget.value })}
          />
        ) : (
          <PersonField value={form.subject} onChange={(subject) => set({ subject })} />
        )}
        <NativeSelect
          label="They may"
          data={shareLevels}
          value={form.permission}
          // the options are exactly the levels
          onChange={(event) => set({ permission: event.currentTarget.value as ShareLevel })}
        />
        {form.permission !== 'read' && (
          <TextInput
            label="Uploads only of (optional)"
            placeholder="acme-*, internal-*"
            autoCapitalize="none"
            autoComplete="off"
            spellCheck={false}
            maxLength={2000}
            value={form.patterns}
            onChange={(event) => set({ patterns: event.currentTarget.value })}
          />
        )}
      </div>
    </CallForm>
  )
}

function patternsOf({ permission, patterns }: Form): readonly string[] | null {
  const names = patterns
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')
  return permission === 'read' || names.length === 0 ? null : names
}
