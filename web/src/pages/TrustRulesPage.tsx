/** Which jobs of CI systems upload to a channel without a secret: the rules, trying them, and what a job has to do. */
import { Button, Group } from '@mantine/core'
import { useQuery, type QueryClient } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useState, type ReactNode } from 'react'
import { rightsQuery } from '../api/access-queries.ts'
import { useSession } from '../api/session.ts'
import { startReading } from '../api/start-reading.ts'
import { deleteTrustRule, trustRulesKey, trustRulesQuery, type TrustRule } from '../api/trust-rules.ts'
import { FormProblem } from '../components/Problem.tsx'
import { QueryView } from '../components/QueryView.tsx'
import { RequireSignIn } from '../components/RequireSignIn.tsx'
import { jobSteps } from '../components/job-steps.ts'
import { useCall } from '../components/use-call.ts'
import { TrustRuleForm } from '../forms/trust-rule.tsx'
import { TryTrustRules } from '../forms/try-trust-rules.tsx'
import { paths } from '../paths.ts'
import { ConfirmButton } from '../ui/ConfirmButton.tsx'
import { CopyBlock } from '../ui/CopyBlock.tsx'
import { DataTable } from '../ui/DataTable.tsx'
import { Empty } from '../ui/Empty.tsx'
import { Link } from '../ui/Link.tsx'
import { Notice } from '../ui/Notice.tsx'
import { Card, Section } from '../ui/Section.tsx'
import { Time } from '../ui/Time.tsx'

export function crumb(): string {
  return 'Trust rules'
}

export function load(queryClient: QueryClient, channel: string): void {
  startReading(queryClient, trustRulesQuery(channel))
}

const route = getRouteApi('/channels/$channel/trust-rules')

export function TrustRulesPage(): ReactNode {
  const { channel } = route.useParams()
  const rules = useQuery(trustRulesQuery(channel))
  const mayChange = useMayChange(channel)
  const [edited, setEdited] = useState<string>()
  const rule = rules.data?.items.find(({ id }) => id === edited)
  return (
    <RequireSignIn>
      <Section title="Jobs that may upload">
        <QueryView query={rules}>
          {({ items }) => (
            <Rules channel={channel} rules={items} onEdit={mayChange ? setEdited : undefined} />
          )}
        </QueryView>
        {rules.data && mayChange && !rule && (
          <Card>
            <TrustRuleForm channel={channel} />
          </Card>
        )}
      </Section>
      {rule && mayChange && (
        <Section title={`Change the rule ${rule.name}`}>
          <Card>
            <p>Tokens of jobs that are at work under it end at once.</p>
            <TrustRuleForm key={rule.id} channel={channel} rule={rule} onDone={() => setEdited(undefined)} />
          </Card>
        </Section>
      )}
      {rules.data && (
        <>
          <Section title="Try the rules">
            <Card>
              <TryTrustRules channel={channel} />
            </Card>
          </Section>
          {rules.data.items.length > 0 && <Jobs channel={channel} rules={rules.data.items} />}
        </>
      )}
    </RequireSignIn>
  )
}

/** False until it is known. */
function useMayChange(channel: string): boolean {
  const user = useSession()?.user_id
  const rights = useQuery({ ...rightsQuery(channel, user ?? ''), enabled: user !== undefined })
  return (
    rights.data?.rights.some(({ resource, level }) => resource === 'service-account' && level === 'manage') ??
    false
  )
}

interface RulesProps {
  readonly channel: string
  readonly rules: readonly TrustRule[]
  /** Undefined for who may only look. */
  readonly onEdit: ((id: string) => void) | undefined
}

function Rules({ channel, rules, onEdit }: RulesProps): ReactNode {
  const remove = useCall((rule: TrustRule) => deleteTrustRule(channel, rule.id), trustRulesKey(channel))
  if (rules.length === 0) {
    return (
      <Empty title="None">
        A trust rule lets jobs of GitHub Actions, GitLab CI and their like upload with the token that their CI
        system signs for them, so that no secret of this server lies there.
      </Empty>
    )
  }
  return (
    <>
      <FormProblem error={remove.error} />
      <DataTable<TrustRule>
        caption="Trust rules"
        rows={rules}
        rowKey={({ id }) => id}
        columns={[
          {
            label: 'Rule',
            isRowHeader: true,
            render: ({ name, account_id: account }) => <Link {...paths.serviceAccount(account)}>{name}</Link>,
          },
          { label: 'Trusts jobs with', isWide: true, render: (rule) => <Claims rule={rule} /> },
          {
            label: 'Uploads of',
            render: ({ name_patterns: patterns }) => patterns?.join(', ') ?? 'every name',
          },
          { label: 'Since', render: (rule) => <Time iso={rule.created_at} /> },
          {
            label: 'Last used',
            render: ({ last_used_at: at }) => (at === null ? 'never' : <Time iso={at} />),
          },
          ...(onEdit
            ? [
                {
                  label: 'Change',
                  render: (rule: TrustRule) => (
                    <Group gap="xs" wrap="nowrap">
                      <Button
                        size="compact-sm"
                        variant="default"
                        aria-label={`Edit the rule ${rule.name}`}
                        onClick={() => onEdit(rule.id)}
                      >
                        Edit
                      </Button>
                      <ConfirmButton
                        label="Remove"
                        description={`Remove the rule ${rule.name}: its jobs upload no more`}
                        confirmLabel="Remove it"
                        isBusy={remove.isPending && remove.variables === rule}
                        onConfirm={() => remove.mutate(rule)}
                      />
                    </Group>
                  ),
                },
              ]
            : []),
        ]}
      />
    </>
  )
}

function Claims({ rule }: { readonly rule: TrustRule }): ReactNode {
  return (
    <>
      {Object.entries(rule.claims).map(([claim, pattern]) => (
        <div key={claim}>
          {claim} = {pattern}
        </div>
      ))}
      <div>of {rule.issuer}</div>
    </>
  )
}

function Jobs({
  channel,
  rules,
}: {
  readonly channel: string
  readonly rules: readonly TrustRule[]
}): ReactNode {
  const audience = rules[0]?.audience ?? null
  return (
    <Section title="What a job does">
      {audience === null && (
        <Notice role="status" tone="wait" title="Jobs are not let in yet">
          <p>The server does not know its own name, which their tokens have to be for: set public_url.</p>
        </Notice>
      )}
      <Card>
        {jobSteps(window.location.origin, channel, audience ?? window.location.hostname).map(
          ({ title, text }) => (
            <div key={title}>
              <p>{title}</p>
              <CopyBlock text={text} label={title} />
            </div>
          ),
        )}
      </Card>
    </Section>
  )
}
