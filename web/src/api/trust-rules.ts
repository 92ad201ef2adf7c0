/** Trust rules of a channel: what the REST interface answers about them, and the calls. */
import type { Item } from '@terrarium/api/shapes.ts'
import { queryOptions } from '@tanstack/react-query'
import { apiPath, request } from './request.ts'
import type { Page } from './types.ts'

export type TrustRule = Item<'GET /api/channels/{channel}/trust-rules'>

export type TrustRuleChange = Pick<TrustRule, 'issuer' | 'claims' | 'name_patterns'>

export type RuleTrial = Item<'POST /api/channels/{channel}/trust-rules/try'>

const MAX_LIMIT = 1000

function rulesPath(channel: string, ...rest: readonly string[]): string {
  return apiPath('channels', channel, 'trust-rules', ...rest)
}

export function trustRulesKey(channel: string): readonly string[] {
  return ['channel', channel, 'trust-rules']
}

export function trustRulesQuery(channel: string) {
  return queryOptions({
    queryKey: trustRulesKey(channel),
    queryFn: ({ signal }) =>
      request<Page<TrustRule>>(rulesPath(channel), { query: { limit: MAX_LIMIT }, signal }),
  })
}

export function createTrustRule(
  channel: string,
  body: TrustRuleChange & { readonly name: string },
): Promise<TrustRule> {
  return request(rulesPath(channel), { method: 'POST', body })
}

export function changeTrustRule(channel: string, rule: string, body: TrustRuleChange): Promise<TrustRule> {
  return request(rulesPath(channel, rule), { method: 'PUT', body })
}

export function deleteTrustRule(channel: string, rule: string): Promise<unknown> {
  return request(rulesPath(channel, rule), { method: 'DELETE' })
}

export async function tryTrustRules(
  channel: string,
  claims: Readonly<Record<string, unknown>>,
): Promise<readonly RuleTrial[]> {
  const path = rulesPath(channel, 'try')
  return (await request<{ items: readonly RuleTrial[] }>(path, { method: 'POST', body: { claims } })).items
}
