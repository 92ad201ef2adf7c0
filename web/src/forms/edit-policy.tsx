/**
 * Writes a policy: the document with its lines numbered, and beside it what it would change in a channel, or
 * what the server finds wrong. A fault leads to its place in the text.
 */
import { Button, Group, NativeSelect, Text, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useMutation, useQuery, useQueryClient, type UseQueryResult } from '@tanstack/react-query'
import { useId, useRef, useState, type ReactNode } from 'react'
import { writePolicy } from '../api/actions.ts'
import { ApiError } from '../api/request.ts'
import {
  channelsQuery,
  policyAssignmentsQuery,
  policyPreviewQuery,
  previewProgressQuery,
} from '../api/queries.ts'
import type { Policy, PolicyFault, PolicyPreview } from '../api/types.ts'
import { PreviewCounts, PreviewNames, PreviewWait } from '../components/PolicyPreview.tsx'
import { FormProblem } from '../components/Problem.tsx'
import { QueryView } from '../components/QueryView.tsx'
import { countOf } from '../ui/format.ts'
import { Notice } from '../ui/Notice.tsx'
import { Section } from '../ui/Section.tsx'
import classes from './edit-policy.module.css'
import { offsetOf } from './text-position.ts'

const MIN_ROWS = 16
/** So long nothing is typed before what it would change is asked for. */
const PAUSE_MS = 400

interface EditPolicyFormProps {
  /** The policy that is edited; a new one without it. */
  readonly policy?: Policy
  readonly onDone: (policy: Policy) => void
}

export function EditPolicyForm({ policy, onDone }: EditPolicyFormProps): ReactNode {
  const [form, setForm] = useState({ name: policy?.name ?? '', document: policy?.document ?? NEW_DOCUMENT })
  const text = useRef<HTMLTextAreaElement>(null)
  const numbers = useRef<HTMLDivElement>(null)
  const id = useId()
  const queryClient = useQueryClient()
  const submit = useMutation({
    // a document may leave its name to the file it stands in
    mutationFn: () => writePolicy({ document: form.document, filename }),
    onSuccess: async (written) => {
      await queryClient.invalidateQueries()
      onDone(written)
    },
  })
  const [channel, setChannel] = useState<string>()
  const choices = usePreviewChannels(policy?.name)
  const shownChannel = channel ?? choices[0] ?? ''
  const [document] = useDebouncedValue(form.document, PAUSE_MS)
  const filename = `${form.name.trim() || 'policy'}.yaml`
  const preview = useQuery(policyPreviewQuery(shownChannel, { document, filename }))
  const refusal = submit.error ?? (document === form.document ? preview.error : null)
  const faults = refusal instanceof ApiError ? refusal.faults : []
  const faultyLines = new Set(faults.map(({ line }) => line))
  const lineCount = Math.max(MIN_ROWS, form.document.split('\n').length + 1)

  const goTo = ({ line, column }: PolicyFault): void => {
    const offset = offsetOf(form.document, line, column)
    text.current?.focus({ preventScroll: true })
    text.current?.setSelectionRange(offset, offset)
    numbers.current?.children[line - 1]?.scrollIntoView({ block: 'center' })
  }
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault()
        submit.mutate()
      }}
    >
      {!policy && (
        <TextInput
          label="Name (optional)"
          description="Used where the document has no name of its own"
          maxLength={100}
          autoComplete="off"
          value={form.name}
          onChange={(event) => setForm({ ...form, name: event.currentTarget.value })}
        />
      )}
      <div className={classes.sides}>
        <div className={classes.side}>
          <label htmlFor={id} className={classes.label}>
            Document, as YAML or JSON
          </label>
          <div className={classes.editor}>
            <div className={classes.numbers} aria-hidden="true" ref={numbers}>
              {Array.from({ length: lineCount }, (_, index) => (
                <span key={index} data-faulty={faultyLines.has(index + 1) || undefined}>
                  {index + 1}
                </span>
              ))}
            </div>
            <textarea
              id={id}
              ref={text}
              className={classes.text}
              rows={lineCount}
              wrap="off"
              spellCheck={false}
              autoCapitalize="none"
              autoComplete="off"
              required
              aria-invalid={faults.length > 0}
              aria-describedby={faults.length > 0 ? `${id}-faults` : undefined}
              value={form.document}
              onChange={(event) => {
                submit.reset() // what was wrong with the text before
                setForm({ ...form, document: event.currentTarget.value })
              }}
            />
          </div>
        </div>
        <div className={classes.side}>
          {faults.length > 0 ? (
            <Notice
              tone="bad"
              id={`${id}-faults`}
              role="alert"
              title={
                submit.error
                  ? `Not saved: ${countOf(faults.length, 'fault')}`
                  : countOf(faults.length, 'fault')
              }
            >
              <ul className={classes.faults}>
                {faults.map((fault) => (
                  <li key={`${fault.line}:${fault.column}:${fault.path}:${fault.message}`}>
                    <FaultItem fault={fault} onGo={() => goTo(fault)} />
                  </li>
                ))}
              </ul>
            </Notice>
          ) : (
            <FormProblem error={submit.error} />
          )}
          {faults.length === 0 && (
            <PreviewSide preview={preview} channel={shownChannel} choices={choices} onChoose={setChannel} />
          )}
          {submit.error === null && (
            <Text size="sm" c="dimmed">
              Saving makes a new version, which acts at once in every channel under this policy. What is wrong
              with the document shows here. Its fields are described in{' '}
              <a href="/api/policy.schema.json">/api/policy.schema.json</a>.
            </Text>
          )}
        </div>
      </div>
      <Group>
        <Button type="submit" loading={submit.isPending}>
          {policy ? 'Save as a new version' : 'Create the policy'}
        </Button>
      </Group>
      {faults.length === 0 && preview.data && preview.data.names.length > 0 && (
        <Section title={`What would change in ${shownChannel}`}>
          <PreviewNames channel={shownChannel} preview={preview.data} />
        </Section>
      )}
    </form>
  )
}

const MAX_CHANNELS = 1000

/** Channels in which a policy can be tried: those it holds in first. */
function usePreviewChannels(policy: string | undefined): string[] {
  const channels = useQuery(channelsQuery({ offset: 0, limit: MAX_CHANNELS }))
  const assignments = useQuery({ ...policyAssignmentsQuery(policy ?? ''), enabled: policy !== undefined })
  const held = assignments.data?.items.flatMap(({ channel }) => channel ?? []) ?? []
  // or the first answer would be for a channel that is not the one shown in the end
  if (policy !== undefined && assignments.isPending) return []
  return [...new Set([...held, ...(channels.data?.items.map(({ path }) => path) ?? [])])]
}

function PreviewSide({
  preview,
  channel,
  choices,
  onChoose,
}: {
  readonly preview: UseQueryResult<PolicyPreview>
  readonly channel: string
  readonly choices: readonly string[]
  readonly onChoose: (channel: string) => void
}): ReactNode {
  const progress = useQuery(previewProgressQuery(channel, preview.isFetching))
  if (choices.length === 0) return null
  return (
    <>
      <NativeSelect
        label="What it would change in"
        data={[...choices]}
        value={channel}
        onChange={(event) => onChoose(event.currentTarget.value)}
      />
      {preview.isFetching && progress.data?.preparing && (
        <PreviewWait channel={channel} progress={progress.data} />
      )}
      <QueryView query={preview} skeletonRows={3}>
        {(data) => <PreviewCounts preview={data} />}
      </QueryView>
    </>
  )
}

function FaultItem({ fault, onGo }: { readonly fault: PolicyFault; readonly onGo: () => void }): ReactNode {
  const { line, column, path, value, message, suggestion } = fault
  return (
    <>
      <button
        type="button"
        className={classes.place}
        onClick={onGo}
        aria-label={`Go to line ${line}, column ${column}`}
      >
        {line}:{column}
      </button>{' '}
      {path !== '' && <code>{path}</code>} {value !== undefined && <>is {value}: </>}
      {message}
      {suggestion !== undefined && <>; did you mean “{suggestion}”?</>}
    </>
  )
}

const NEW_DOCUMENT = `version: 1
name: baseline
description: What every channel of the organisation keeps to.

rules:
  - id: no-critical
    effect: deny
    when:
      cve: { score: '>= 9' }

  - id: no-strong-copyleft
    effect: deny
    when:
      licence: [GPL, AGPL]
`
