import { Checkbox, NativeSelect, SimpleGrid, Stack, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import { createToken } from '../api/access-actions.ts'
import { scopesQuery, tokensKey } from '../api/access-queries.ts'
import type { CreatedToken } from '../api/access-types.ts'
import { CallForm } from '../components/CallForm.tsx'
import { shareLevels } from '../components/levels.ts'
import { CopyBlock } from '../ui/CopyBlock.tsx'
import { formatDateTime } from '../ui/format.ts'
import { Notice } from '../ui/Notice.tsx'
import classes from './create-token.module.css'
import { emptyTokenForm, limitKinds, toNewToken, tokenFault, type TokenForm } from './token-form.ts'

const MAX_DAYS = 366

/** @param owner id of the account it is for; undefined for one's own */
export function CreateTokenForm({ owner }: { readonly owner?: string }): ReactNode {
  const [form, setForm] = useState<TokenForm>(emptyTokenForm)
  const [created, setCreated] = useState<CreatedToken>()
  const set = (change: Partial<TokenForm>): void => setForm({ ...form, ...change })
  return (
    <Stack>
      <CallForm
        label="Create a token"
        call={() => createToken(owner, toNewToken(form))}
        refreshes={tokensKey(owner)}
        missing={tokenFault(form)}
        onDone={(token) => {
          setForm(emptyTokenForm)
          setCreated(token)
        }}
      >
        <div className={classes.form}>
          <TextInput
            label="Name"
            description="Where it will be used"
            required
            maxLength={200}
            autoComplete="off"
            value={form.name}
            onChange={(event) => set({ name: event.currentTarget.value })}
          />
          <TextInput
            label="Days it lives"
            description={`1 to ${MAX_DAYS}`}
            type="number"
            inputMode="numeric"
            required
            min={1}
            max={MAX_DAYS}
            value={form.days}
            onChange={(event) => set({ days: event.currentTarget.value })}
          />
          <NativeSelect
            label="What it may do"
            description="Never more than its account"
            data={limitKinds}
            value={form.limit}
            // the options are exactly the kinds
            onChange={(event) => set({ limit: event.currentTarget.value as TokenForm['limit'] })}
          />
        </div>
        {form.limit === 'scopes' && <Scopes chosen={form.scopes} onChange={(scopes) => set({ scopes })} />}
        {form.limit === 'channels' && (
          <div className={classes.form}>
            <TextInput
              label="Channels"
              description="Names with commas between; team-a/acme-* for some packages of one"
              required
              autoCapitalize="none"
              autoComplete="off"
              spellCheck={false}
              maxLength={2000}
              value={form.channels}
              onChange={(event) => set({ channels: event.currentTarget.value })}
            />
            <NativeSelect
              label="There it may"
              data={shareLevels}
              value={form.level}
              // the options are exactly the levels
              onChange={(event) => set({ level: event.currentTarget.value as TokenForm['level'] })}
            />
          </div>
        )}
      </CallForm>
      {created && (
        <Notice tone="good" title="Copy it now: it is shown this once" role="status">
          <CopyBlock text={created.token} label="the new token" />
          <p>It works until {formatDateTime(created.expires_at)}.</p>
        </Notice>
      )}
    </Stack>
  )
}

function Scopes(props: {
  readonly chosen: readonly string[]
  readonly onChange: (scopes: readonly string[]) => void
}): ReactNode {
  const scopes = useQuery(scopesQuery())
  return (
    <Checkbox.Group
      label="Scopes"
      description="Those that your own rights have a use for"
      value={[...props.chosen]}
      onChange={props.onChange}
    >
      <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }} mt="xs" spacing="xs">
        {scopes.data?.scopes.map((scope) => (
          <Checkbox key={scope} value={scope} label={scope} />
        ))}
      </SimpleGrid>
    </Checkbox.Group>
  )
}
