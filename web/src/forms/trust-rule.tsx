/** Making a trust rule, or changing one: which jobs of which CI system upload which packages. */
import { NativeSelect, Textarea, TextInput } from '@mantine/core'
import { useState, type ReactNode } from 'react'
import { changeTrustRule, createTrustRule, trustRulesKey, type TrustRule } from '../api/trust-rules.ts'
import { CallForm } from '../components/CallForm.tsx'
import classes from './fields.module.css'
import {
  ciSystems,
  emptyTrustRuleForm,
  toTrustRuleChange,
  toTrustRuleForm,
  withSystem,
  type TrustRuleForm as Form,
} from './trust-rule-form.ts'

interface TrustRuleFormProps {
  readonly channel: string
  /** The rule to change; none to make one. */
  readonly rule?: TrustRule
  readonly onDone?: () => void
}

const asTyped = { autoCapitalize: 'none', autoComplete: 'off', spellCheck: false } as const

export function TrustRuleForm({ channel, rule, onDone }: TrustRuleFormProps): ReactNode {
  const [form, setForm] = useState<Form>(rule ? toTrustRuleForm(rule) : emptyTrustRuleForm)
  const set = (change: Partial<Form>): void => setForm({ ...form, ...change })
  return (
    <CallForm
      label={rule ? 'Save' : 'Make the rule'}
      isQuiet
      call={async () => {
        const change = toTrustRuleChange(form)
        return rule
          ? changeTrustRule(channel, rule.id, change)
          : createTrustRule(channel, { name: form.name.trim(), ...change })
      }}
      refreshes={trustRulesKey(channel)}
      onDone={() => {
        if (!rule) setForm(emptyTrustRuleForm)
        onDone?.()
      }}
      {...(rule && onDone && { onCancel: onDone })}
    >
      <div className={classes.row}>
        {!rule && (
          <TextInput
            {...asTyped}
            label="Name"
            description="Of the rule: nightly, releases"
            required
            maxLength={64}
            value={form.name}
            onChange={(event) => set({ name: event.currentTarget.value })}
          />
        )}
        <NativeSelect
          label="CI system"
          description="Whose tokens it trusts"
          data={ciSystems.map(({ value, label }) => ({ value, label }))}
          value={form.system}
          onChange={(event) => setForm(withSystem(form, event.currentTarget.value))}
        />
        {form.system === 'other' && (
          <TextInput
            {...asTyped}
            label="Issuer"
            description="The claim iss of its tokens"
            type="url"
            required
            maxLength={500}
            placeholder="https://gitlab.example.org"
            value={form.issuer}
            onChange={(event) => set({ issuer: event.currentTarget.value })}
          />
        )}
        <TextInput
          {...asTyped}
          label="Uploads only of (optional)"
          description="Names of packages"
          placeholder="acme-*, internal-*"
          maxLength={2000}
          value={form.patterns}
          onChange={(event) => set({ patterns: event.currentTarget.value })}
        />
      </div>
      <Textarea
        {...asTyped}
        label="Claims"
        description="All that a job’s token has to say, one claim=pattern a line; * stands for any text. One of them says whose job it is."
        required
        autosize
        minRows={3}
        maxRows={12}
        maxLength={6000}
        value={form.claims}
        onChange={(event) => set({ claims: event.currentTarget.value })}
      />
    </CallForm>
  )
}
