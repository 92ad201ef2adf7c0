/** Naming a key whose signatures count. */
import { Textarea, TextInput } from '@mantine/core'
import { useState, type ReactNode } from 'react'
import { trustedKeysKey, trustKey } from '../api/trusted-keys.ts'
import { CallForm } from '../components/CallForm.tsx'
import classes from './fields.module.css'

const empty = { label: '', publicKey: '', channel: '' }

const asTyped = { autoCapitalize: 'none', autoComplete: 'off', spellCheck: false } as const

export function TrustKeyForm(): ReactNode {
  const [form, setForm] = useState(empty)
  const set = (change: Partial<typeof empty>): void => setForm({ ...form, ...change })
  return (
    <CallForm
      label="Trust the key"
      isQuiet
      call={async () => {
        const channel = form.channel.trim()
        return trustKey({
          ...{ label: form.label.trim(), public_key: form.publicKey },
          channel: channel === '' ? null : channel,
        })
      }}
      refreshes={trustedKeysKey}
      onDone={() => setForm(empty)}
    >
      <div className={classes.row}>
        <TextInput
          {...asTyped}
          label="Label"
          description="Reasons name the key by it"
          required
          maxLength={100}
          value={form.label}
          onChange={(event) => set({ label: event.currentTarget.value })}
        />
        <TextInput
          {...asTyped}
          label="Only in the channel (optional)"
          description="Its word counts in all without"
          maxLength={200}
          value={form.channel}
          onChange={(event) => set({ channel: event.currentTarget.value })}
        />
      </div>
      <Textarea
        {...asTyped}
        label="Public key"
        description="64 hex digits, as conda writes ed25519 keys, or a PEM of an ed25519 or ECDSA P-256 key"
        required
        autosize
        minRows={3}
        maxRows={8}
        maxLength={4000}
        value={form.publicKey}
        onChange={(event) => set({ publicKey: event.currentTarget.value })}
      />
    </CallForm>
  )
}
