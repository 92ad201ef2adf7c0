/** The shape of the form for a trust rule, the request that it becomes, and claims as people have them at hand. */
import type { TrustRule, TrustRuleChange } from '../api/trust-rules.ts'

export interface TrustRuleForm {
  readonly name: string
  readonly system: string
  /** Address of an issuer that has no name here. */
  readonly issuer: string
  /** A line each: `repository=acme/tools` */
  readonly claims: string
  /** `acme-*, internal-*`; every package when empty. */
  readonly patterns: string
}

const OTHER = 'other'

interface CiSystem {
  readonly value: string
  readonly label: string
  readonly issuer: string
  /** What a rule for it usually asks for. */
  readonly claims: string
}

export const ciSystems: readonly CiSystem[] = [
  {
    value: 'github',
    label: 'GitHub Actions',
    issuer: 'https://token.actions.githubusercontent.com',
    claims: 'repository=OWNER/REPOSITORY\nref=refs/heads/main',
  },
  {
    value: 'gitlab',
    label: 'GitLab CI (gitlab.com)',
    issuer: 'https://gitlab.com',
    claims: 'project_path=GROUP/PROJECT\nref=main\nref_type=branch',
  },
  {
    value: 'google',
    label: 'Google Cloud',
    issuer: 'https://accounts.google.com',
    claims: 'email=ACCOUNT@PROJECT.iam.gserviceaccount.com\nemail_verified=true',
  },
  { value: OTHER, label: 'another', issuer: '', claims: 'sub=' },
]

const [github] = ciSystems

export const emptyTrustRuleForm: TrustRuleForm = {
  name: '',
  system: github?.value ?? OTHER,
  issuer: '',
  claims: github?.claims ?? '',
  patterns: '',
}

/** Another CI system, with what a rule for it asks for, unless the person wrote claims already. */
export function withSystem(form: TrustRuleForm, system: string): TrustRuleForm {
  const isUntouched = ciSystems.some(({ claims }) => claims === form.claims) || form.claims.trim() === ''
  const claims = ciSystems.find(({ value }) => value === system)?.claims ?? ''
  return { ...form, system, ...(isUntouched && { claims }) }
}

export function toTrustRuleForm(rule: TrustRule): TrustRuleForm {
  const known = ciSystems.find(({ issuer }) => issuer === rule.issuer)
  return {
    name: rule.name,
    system: known?.value ?? OTHER,
    issuer: known ? '' : rule.issuer,
    claims: Object.entries(rule.claims)
      .map(([claim, pattern]) => `${claim}=${pattern}`)
      .join('\n'),
    patterns: rule.name_patterns?.join(', ') ?? '',
  }
}

/** @throws Error naming the line that is no claim */
export function toTrustRuleChange(form: TrustRuleForm): TrustRuleChange {
  const patterns = form.patterns
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')
  return {
    issuer: ciSystems.find(({ value }) => value === form.system)?.issuer || form.issuer.trim(),
    claims: readClaimLines(form.claims),
    name_patterns: patterns.length > 0 ? patterns : null,
  }
}

function readClaimLines(text: string): Record<string, string> {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  const claims = new Map<string, string>()
  for (const line of lines) {
    const at = line.indexOf('=')
    const claim = line.slice(0, at).trim()
    if (at < 1) throw new Error(`“${line}” is not claim=pattern, such as repository=acme/tools`)
    if (claims.has(claim))
      throw new Error(`${claim} stands in two lines; a rule asks for all its claims at once`)
    claims.set(claim, line.slice(at + 1).trim())
  }
  return Object.fromEntries(claims)
}

/**
 * What somebody pasted to try: claims as JSON, or a job's signed token. The token is read here and goes nowhere,
 * since it could still upload something.
 * @throws Error saying what was expected
 */
export function readTriedClaims(text: string): Readonly<Record<string, unknown>> {
  const [, payload] = /^[\w-]+\.([\w-]+)\.[\w-]*$/.exec(text.trim()) ?? []
  let claims: unknown
  try {
    claims = JSON.parse(payload === undefined ? text : decodeBase64Url(payload))
  } catch (cause) {
    throw new Error('neither the token of a job, nor its claims as JSON, such as {"iss": "…", "sub": "…"}', {
      cause,
    })
  }
  if (typeof claims !== 'object' || claims === null || Array.isArray(claims))
    throw new Error('claims are a JSON object, such as {"iss": "…", "sub": "…"}')
  return Object.fromEntries(Object.entries(claims))
}

function decodeBase64Url(text: string): string {
  const bytes = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (one) =>
    one.charCodeAt(0),
  )
  return new TextDecoder().decode(bytes)
}
