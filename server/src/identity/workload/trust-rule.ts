/**
 * A trust rule: jobs of a CI system whose signed token has certain claims may upload certain packages to a channel,
 * without any secret of ours. Pure.
 */
import { AppError } from '../../vocabulary/errors.ts'
import { isNamePattern, matchesName } from '../name-pattern.ts'

export interface TrustRule {
  readonly id: string
  readonly channelId: string
  readonly name: string
  readonly issuer: string
  /** Patterns by claim: `*` stands for any text. All of them have to match. */
  readonly claims: Readonly<Record<string, string>>
  /** Package names that may be uploaded; undefined for all. */
  readonly namePatterns: readonly string[] | undefined
  /** The service account that uploads. */
  readonly userId: string
  readonly createdAt: Date
  readonly lastUsedAt: Date | undefined
}

const NAME = /^[a-z0-9][a-z0-9_-]{0,63}$/
const CLAIM = /^[A-Za-z][A-Za-z0-9_./:-]{0,99}$/
const MAX_CLAIMS = 20
const MAX_NAMES = 100
const MAX_PATTERN_LENGTH = 300

/**
 * Claims that say whose job it is. Without one of them with a fixed beginning, a rule would trust every customer of
 * the CI system.
 */
const IDENTIFYING = new Set([
  ...['sub', 'email'],
  ...[
    'repository',
    'repository_id',
    'repository_owner',
    'repository_owner_id',
    'job_workflow_ref',
    'workflow_ref',
  ],
  ...['project_path', 'project_id', 'namespace_path', 'namespace_id'],
])

export interface TrustRuleRequest {
  readonly name: string
  readonly issuer: string
  readonly claims: Readonly<Record<string, string>>
  readonly namePatterns: readonly string[] | undefined
}

/** @throws AppError bad-request */
export function checkRule({ name, claims, namePatterns }: TrustRuleRequest): void {
  if (!NAME.test(name)) {
    throw bad('the name has up to 64 of a-z, 0-9, "-" and "_", and starts with a letter or digit')
  }
  const entries = Object.entries(claims)
  if (entries.length === 0 || entries.length > MAX_CLAIMS) throw bad(`a rule names 1 to ${MAX_CLAIMS} claims`)
  for (const [claim, pattern] of entries) {
    if (!CLAIM.test(claim)) throw bad(`"${claim.slice(0, 100)}" is no name of a claim`)
    if (pattern === '' || pattern.length > MAX_PATTERN_LENGTH) {
      throw bad(`the pattern for ${claim} has 1 to ${MAX_PATTERN_LENGTH} characters`)
    }
  }
  if (!entries.some(([claim, pattern]) => IDENTIFYING.has(claim) && isFixed(claim, pattern))) {
    throw bad(
      'a rule says whose jobs it trusts: one of the claims ' +
        `${[...IDENTIFYING].join(', ')} with a pattern that begins with whose it is, such as repository=acme/*`,
    )
  }
  if (namePatterns && (namePatterns.length === 0 || namePatterns.length > MAX_NAMES))
    throw bad(`name_patterns holds 1 to ${MAX_NAMES} patterns; leave it out for all packages`)
  for (const pattern of namePatterns ?? []) {
    if (!isNamePattern(pattern))
      throw bad(`"${pattern.slice(0, 128)}" is no pattern of package names, such as acme-*`)
  }
}

/**
 * Up to the first `*` it says whose it is: `acme/*` is acme's, and `acme*` is also that of whoever calls themselves
 * acme-evil tomorrow. Subjects of GitHub and GitLab begin with a word that everybody's has.
 */
function isFixed(claim: string, pattern: string): boolean {
  const star = pattern.indexOf('*')
  if (star < 0) return true
  const fixed = pattern.slice(0, star)
  if (claim !== 'sub') return /^[^/]+\/$|^[^/]+\/.+/.test(fixed)
  return /^[a-z_]+:[^/:*]+[/:]/.test(fixed)
}

export interface ClaimMatch {
  readonly claim: string
  readonly pattern: string
  /** What the token says; undefined when it says nothing that can be compared, such as a list. */
  readonly value: string | undefined
  readonly isMatch: boolean
}

/** Each claim that a rule asks for, beside what a token says of it. */
export function compareClaims(
  rule: Pick<TrustRule, 'claims'>,
  claims: Readonly<Record<string, unknown>>,
): ClaimMatch[] {
  return Object.entries(rule.claims).map(([claim, pattern]) => {
    const said = Object.hasOwn(claims, claim) ? claims[claim] : undefined
    const isText = typeof said === 'string' || typeof said === 'number' || typeof said === 'boolean'
    const value = isText ? String(said) : undefined
    return { claim, pattern, value, isMatch: value !== undefined && matchesName(pattern, value) }
  })
}

/** Whether the claims of a token, which was verified, are those of the rule. */
export function matchesClaims(rule: TrustRule, claims: Readonly<Record<string, unknown>>): boolean {
  return compareClaims(rule, claims).every(({ isMatch }) => isMatch)
}

function bad(message: string): AppError {
  return new AppError('bad-request', message)
}
