/** Saying what a name is upstream: a link confirmed, refused or added, or that it is no project at all. */
import { Group, NativeSelect, TextInput } from '@mantine/core'
import { useState, type ReactNode } from 'react'
import { linkRelations, ruleIdentity, type LinkRelation, type RulingWish } from '../api/identities.ts'
import { CallForm } from '../components/CallForm.tsx'

const verbs = {
  linked: 'it is this project, or has to do with it',
  refused: 'it has nothing to do with this project',
  none: 'it is no project anywhere',
} as const
type Verb = keyof typeof verbs

export function RuleIdentityForm({ name }: { readonly name: string }): ReactNode {
  const [form, setForm] = useState({
    verb: 'linked' as Verb,
    identity: '',
    relation: 'is' as LinkRelation,
    reason: '',
  })
  const isNone = form.verb === 'none'
  const missing = form.reason.trim() === '' || (!isNone && form.identity.trim() === '')
  return (
    <CallForm
      label="Say so"
      refreshes={['identities']}
      call={() => ruleIdentity(name, toWish(form))}
      onDone={() => setForm({ ...form, identity: '', reason: '' })}
      missing={missing ? 'Say which project, and why' : undefined}
    >
      <Group align="start" grow>
        <NativeSelect
          label={`Of ${name} you say`}
          data={Object.entries(verbs).map(([value, label]) => ({ value, label }))}
          value={form.verb}
          // the options are exactly the verbs
          onChange={(event) => setForm({ ...form, verb: event.currentTarget.value as Verb })}
        />
        {!isNone && (
          <TextInput
            label="Project"
            description="pypi:requests, cpe:haxx:curl, or conda:libcurl for what another name is"
            maxLength={300}
            autoComplete="off"
            value={form.identity}
            onChange={(event) => setForm({ ...form, identity: event.currentTarget.value })}
          />
        )}
        {form.verb === 'linked' && (
          <NativeSelect
            label="How"
            description="It is the project, contains a copy, or wraps it"
            data={[...linkRelations]}
            value={form.relation}
            // the options are exactly the relations
            onChange={(event) => setForm({ ...form, relation: event.currentTarget.value as LinkRelation })}
          />
        )}
      </Group>
      <TextInput
        label="Why"
        maxLength={2000}
        value={form.reason}
        onChange={(event) => setForm({ ...form, reason: event.currentTarget.value })}
      />
    </CallForm>
  )
}

function toWish(form: { verb: Verb; identity: string; relation: LinkRelation; reason: string }): RulingWish {
  const reason = form.reason.trim()
  if (form.verb === 'none') return { relation: 'none', reason }
  return { identity: form.identity.trim(), ruling: form.verb, relation: form.relation, reason }
}
