import { Textarea } from '@mantine/core'
import { useState, type ReactNode } from 'react'
import { tryTrustRules, type RuleTrial } from '../api/trust-rules.ts'
import { CallForm } from '../components/CallForm.tsx'
import { DataTable } from '../ui/DataTable.tsx'
import { Notice } from '../ui/Notice.tsx'
import { Tag } from '../ui/Tag.tsx'
import { readTriedClaims } from './trust-rule-form.ts'

/** Why a job may upload, or why it was refused: its claims beside what each rule asks for. */
export function TryTrustRules({ channel }: { readonly channel: string }): ReactNode {
  const [text, setText] = useState('')
  const [trials, setTrials] = useState<readonly RuleTrial[]>()
  const fitting = trials?.filter(({ matches }) => matches).map(({ name }) => name) ?? []
  return (
    <>
      <CallForm
        label="Try"
        isQuiet
        call={async () => tryTrustRules(channel, readTriedClaims(text))}
        onDone={setTrials}
      >
        <Textarea
          label="Claims of a job, or its token"
          description="Claims as JSON with iss. A token is read in this page; only what it claims is sent, and nothing is issued."
          required
          autoCapitalize="none"
          autoComplete="off"
          spellCheck={false}
          autosize
          minRows={3}
          maxRows={12}
          maxLength={20_000}
          placeholder='{"iss": "https://token.actions.githubusercontent.com", "repository": "acme/tools", "ref": "refs/heads/main"}'
          value={text}
          onChange={(event) => {
            setText(event.currentTarget.value)
            setTrials(undefined)
          }}
        />
      </CallForm>
      {trials && (
        <>
          <Notice
            role="status"
            tone={fitting.length > 0 ? 'good' : 'none'}
            title={fitting.length > 0 ? 'This job may upload' : 'No rule lets this job in'}
          >
            <p>
              {fitting.length > 0 ? `By ${fitting.join(', ')}` : 'What does not fit stands beside each rule'}.
              Whether the token is genuine, for this server and fresh is judged when a job brings it.
            </p>
          </Notice>
          {trials.length > 0 && <Trials trials={trials} />}
        </>
      )}
    </>
  )
}

function Trials({ trials }: { readonly trials: readonly RuleTrial[] }): ReactNode {
  return (
    <DataTable<RuleTrial>
      caption="What each rule says"
      rows={trials}
      rowKey={({ id }) => id}
      columns={[
        { label: 'Rule', isRowHeader: true, render: ({ name }) => name },
        {
          label: 'Lets it in',
          render: ({ matches }) => <Tag tone={matches ? 'good' : 'none'}>{matches ? 'yes' : 'no'}</Tag>,
        },
        { label: 'Because', isWide: true, render: (trial) => <Reasons trial={trial} /> },
      ]}
    />
  )
}

function Reasons({ trial }: { readonly trial: RuleTrial }): ReactNode {
  return (
    <>
      <div>
        {trial.issuer_matches ? '✓ the issuer is' : '✗ the issuer is not'} {trial.issuer}
      </div>
      {trial.claims.map(({ claim, pattern, value, matches }) => (
        <div key={claim}>
          {matches
            ? `✓ ${claim} is ${value ?? ''}, as ${pattern} asks`
            : `✗ ${claim} is ${value ?? 'missing'}, and has to be ${pattern}`}
        </div>
      ))}
    </>
  )
}
