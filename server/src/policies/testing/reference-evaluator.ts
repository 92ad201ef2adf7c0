/**
 * What a policy means, a second time: written from docs/POLICIES.md alone, slow and plain, and sharing no code
 * with what it checks. It reads documents as the author wrote them and knows only the spellings that
 * `random-worlds.ts` uses.
 */
import type { ArtifactFacts, VulnerabilityFact } from '../facts.ts'

export type Doc = Readonly<Record<string, unknown>>

export interface ReferencePolicy {
  readonly name: string
  readonly document: Doc
  readonly audit: boolean
  readonly mirrorId: string | undefined
  /** Exceptions that were granted on request, as the document would say them. */
  readonly granted: readonly Doc[]
}

export interface ReferenceAnswer {
  readonly effect: string
  /** `policy/rule` of every rule that counts, sorted. */
  readonly rules: readonly string[]
  readonly overruled: readonly string[]
  /** What it would be with the policies on trial. */
  readonly trial: string
}

const strictness = ['allow', 'warn', 'hide', 'hold', 'deny']
const DAY = 86_400_000

export function evaluate(
  facts: ArtifactFacts,
  policies: readonly ReferencePolicy[],
  now: number,
): ReferenceAnswer {
  const counting: [string, string][] = []
  const onTrial: string[] = []
  const overruled: string[] = []
  for (const policy of policies) {
    if (policy.mirrorId !== undefined && facts.origin.id !== policy.mirrorId) continue
    const applying = rulesOf(policy.document).filter((rule) => applies(rule, facts, now))
    const hasLastWord = applying.some((rule) => rule['final'] === true)
    for (const rule of applying) {
      if (isLifted(rule, policy, facts, now)) continue
      const id = `${policy.name}/${asText(rule['id'])}`
      const effect = asText(rule['effect'])
      if (hasLastWord && rule['final'] !== true) {
        if (!policy.audit) overruled.push(id)
      } else if (policy.audit) onTrial.push(effect)
      else counting.push([id, effect])
    }
  }
  const effect = strictest(counting.map(([, one]) => one))
  return {
    effect,
    rules: counting.map(([id]) => id).sort(),
    overruled: overruled.sort(),
    trial: strictest([effect, ...onTrial]),
  }
}

function strictest(effects: readonly string[]): string {
  return strictness[Math.max(0, ...effects.map((effect) => strictness.indexOf(effect)))] ?? 'allow'
}

/** Written out, with the shorthands. */
function rulesOf(document: Doc): Doc[] {
  const rules = [...list(document['rules'])]
  for (const effect of strictness) {
    for (const condition of list(document[effect])) {
      const id = `${effect}-${Object.keys(condition)[0] ?? ''}`
      rules.push({ id, effect, when: condition, ...(effect === 'allow' && { final: true }) })
    }
  }
  return rules
}

function applies(rule: Doc, facts: ArtifactFacts, now: number): boolean {
  if (rule['from'] !== undefined && now < Date.parse(asText(rule['from']))) return false
  if (rule['until'] !== undefined && now >= endOf(rule['until'])) return false
  return holds(rule['when'] as Doc, facts, now, facts.vulnerabilities, false)
}

/** Of a date its whole day counts. */
function endOf(text: unknown): number {
  return Date.parse(asText(text)) + (asText(text).length === 10 ? DAY : 0)
}

function isLifted(rule: Doc, policy: ReferencePolicy, facts: ArtifactFacts, now: number): boolean {
  if (rule['effect'] === 'allow') return false
  const active = [...list(policy.document['exceptions']), ...policy.granted].filter((exception) => {
    const match = exception['match'] as Doc
    return (
      (exception['expires'] === undefined || now < endOf(exception['expires'])) &&
      (match['rule'] === undefined || oneOrMore(match['rule']).includes(asText(rule['id']))) &&
      (match['effect'] === undefined || match['effect'] === rule['effect']) &&
      (match['file'] === undefined ||
        oneOrMore(match['file']).includes(`${facts.subdir}/${facts.filename}`)) &&
      (match['package'] === undefined || oneOrMore(match['package']).some((spec) => isOfSpec(spec, facts)))
    )
  })
  if (active.some(({ match }) => (match as Doc)['cve'] === undefined)) return true
  const excused = active.flatMap(({ match }) => oneOrMore((match as Doc)['cve']))
  if (excused.length === 0) return false
  const left = facts.vulnerabilities.filter((cve) => !isCalled(cve, excused))
  return !holds(rule['when'] as Doc, facts, now, left, false)
}

function holds(
  condition: Doc,
  facts: ArtifactFacts,
  now: number,
  counted: readonly VulnerabilityFact[],
  negated: boolean,
): boolean {
  const again = (inner: Doc, turned = negated): boolean => holds(inner, facts, now, counted, turned)
  return Object.entries(condition).every(([field, value]) => {
    switch (field) {
      case 'all':
        return list(value).every((one) => again(one))
      case 'any':
        return list(value).some((one) => again(one))
      case 'not':
        return !again(value as Doc, !negated)
      case 'package':
        return inList(value, (spec) => isOfSpec(spec, facts))
      case 'platform':
        return inList(value, (platform) => platform === facts.subdir)
      case 'licence':
        return licenceHolds(value, facts.licence)
      case 'age':
        return compares(asText(value), now - facts.firstSeenMs)
      case 'build_age':
        return facts.timestampMs !== null && compares(asText(value), now - facts.timestampMs)
      case 'built':
        return builtHolds(value as Doc, facts.timestampMs)
      case 'size':
        return compares(asText(value), facts.size)
      case 'origin':
        return originHolds(value, facts)
      case 'cve': {
        const cves = negated ? facts.vulnerabilities : counted
        return cves.some((cve) => cveHolds(value, cve, now))
      }
      case 'unmapped':
        return facts.unmapped === value
      case 'signed':
        return facts.signed === value
      case 'link_scripts':
        return facts.linkScripts === value
      default:
        throw new Error(`the reference does not know ${field}`)
    }
  })
}

/** `value`, `[value]`, `{in: …}`, `{not_in: …}` */
function inList(written: unknown, matches: (one: string) => boolean): boolean {
  if (typeof written === 'object' && written !== null && 'not_in' in written) {
    return !oneOrMore(written.not_in).some(matches)
  }
  if (typeof written === 'object' && written !== null && 'in' in written) {
    return oneOrMore(written.in).some(matches)
  }
  return oneOrMore(written).some(matches)
}

/** `a`, `a <2`, `a >=1.5,<3`, `a 1.*`, `p*`, `*` */
function isOfSpec(spec: string, facts: ArtifactFacts): boolean {
  const [name = '', version] = spec.split(' ')
  const isName = name.endsWith('*') ? facts.name.startsWith(name.slice(0, -1)) : facts.name === name
  if (!isName || version === undefined) return isName
  return version.split(',').every((clause) => {
    if (clause.endsWith('.*')) return `${facts.version}.`.startsWith(clause.slice(0, -1))
    const [, operator = '', bound = ''] = /^([<>=]+)(.*)$/.exec(clause) ?? []
    const order = compareNumbers(facts.version, bound)
    return operator === '<' ? order < 0 : operator === '>=' ? order >= 0 : order === 0
  })
}

function compareNumbers(a: string, b: string): number {
  const [left, right] = [a.split('.').map(Number), b.split('.').map(Number)]
  for (let i = 0; i < Math.max(left.length, right.length); i += 1) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

const units: Readonly<Record<string, number>> = {
  hour: 3_600_000,
  hours: 3_600_000,
  day: DAY,
  days: DAY,
  MB: 1e6,
  '%': 0.01,
}

/** `>= 7`, `< 7 days`, `> 1 MB`, `>= 10 %`, several with a comma. */
function compares(text: string, value: number): boolean {
  return text.split(',').every((part) => {
    const [, operator, number, unit = ''] = /^\s*([<>=]+)\s*([\d.]+)\s*(\S*)\s*$/.exec(part) ?? []
    const bound = Number(number) * (unit === '' ? 1 : (units[unit] ?? NaN))
    switch (operator) {
      case '<':
        return value < bound
      case '<=':
        return value <= bound
      case '>':
        return value > bound
      case '>=':
        return value >= bound
      default:
        return value === bound
    }
  })
}

function builtHolds({ from, to }: Doc, built: number | null): boolean {
  if (built === null) return false
  return (from === undefined || built >= Date.parse(asText(from))) && (to === undefined || built < endOf(to))
}

function originHolds(written: unknown, { origin }: ArtifactFacts): boolean {
  if (typeof written === 'string') return origin.kind === written
  const { kind, name } = written as Doc
  return (
    (kind === undefined || oneOrMore(kind).includes(origin.kind)) &&
    (name === undefined || oneOrMore(name).includes(origin.name))
  )
}

/** The ways a licence may be taken; each is what then comes with it. */
function waysToTake(licence: string | null): string[][] {
  const known = ['MIT', 'GPL-3.0-only', 'Apache-2.0']
  if (licence === null) return [['unknown']]
  const ways = licence.split(' OR ').map((way) => way.split(' AND '))
  return ways.flat().every((one) => known.includes(one)) ? ways : [['unknown']]
}

const families: Readonly<Record<string, readonly string[]>> = {
  GPL: ['GPL-3.0-only'],
  GPL3: ['GPL-3.0-only'],
  MIT: ['MIT'],
  APACHE: ['Apache-2.0'],
}

function licenceHolds(written: unknown, licence: string | null): boolean {
  const isNotIn = typeof written === 'object' && written !== null && 'not_in' in written
  const terms = oneOrMore(isNotIn ? written.not_in : written)
  const isListed = (one: string): boolean =>
    terms.some((term) => term === one || families[term]?.includes(one))
  const ways = waysToTake(licence)
  // in: it cannot be avoided. not_in: no choice stays within the list
  return isNotIn ? !ways.some((way) => way.every(isListed)) : ways.every((way) => way.some(isListed))
}

function isCalled(cve: VulnerabilityFact, ids: readonly string[]): boolean {
  return [cve.id, ...cve.aliases].some((id) => ids.some((one) => one.toLowerCase() === id.toLowerCase()))
}

function cveHolds(written: unknown, cve: VulnerabilityFact, now: number): boolean {
  if (typeof written === 'string') {
    return cveHolds(/^[A-Z]/i.test(written) ? { ids: written } : { score: written }, cve, now)
  }
  const asked = written as Doc
  if (asked['indeterminate'] === 'only' && cve.verdict !== 'indeterminate') return false
  if ((asked['indeterminate'] ?? false) === false && cve.verdict === 'indeterminate') return false
  if (cve.confidence < ((asked['min_confidence'] as number | undefined) ?? 0.8)) return false
  const statuses =
    asked['status'] === undefined ? ['reported', 'active', 'disputed'] : oneOrMore(asked['status'])
  if (!statuses.includes(cve.status)) return false
  if (asked['ids'] !== undefined && !isCalled(cve, oneOrMore(asked['ids']))) return false
  if (asked['fixed'] !== undefined && asked['fixed'] !== cve.fixedIn.length > 0) return false
  if (asked['fixed_here'] !== undefined && asked['fixed_here'] !== cve.fixedInChannel.length > 0) return false
  if (asked['kev'] !== undefined && asked['kev'] !== cve.kev) return false
  if (asked['epss'] !== undefined && (cve.epss === null || !compares(asText(asked['epss']), cve.epss)))
    return false
  if (asked['age'] !== undefined) {
    if (cve.publishedMs === null || !compares(asText(asked['age']), now - cve.publishedMs)) return false
  }
  return ratingHolds(asked, cve)
}

function ratingHolds(asked: Doc, cve: VulnerabilityFact): boolean {
  const { score, severity } = ratingOf(cve, asked['source'])
  const wantsRating = asked['score'] !== undefined || asked['severity'] !== undefined
  if (score === null) {
    if (asked['unscored'] === true) return true
    if (asked['unscored'] === false) return false
    if (!wantsRating) return true
    return asked['score'] === undefined && severitiesOf(asked['severity']).includes('unscored')
  }
  if (asked['unscored'] === true && !wantsRating) return false
  if (asked['score'] !== undefined && !compares(asText(asked['score']), score)) return false
  return asked['severity'] === undefined || severitiesOf(asked['severity']).includes(severity)
}

function severitiesOf(written: unknown): string[] {
  const order = ['low', 'medium', 'high', 'critical']
  if (typeof written === 'object' && written !== null && 'at_least' in written) {
    return order.slice(order.indexOf(asText(written.at_least)))
  }
  return oneOrMore(written)
}

function ratingOf(cve: VulnerabilityFact, source: unknown): { score: number | null; severity: string } {
  if (source === undefined) return cve
  const all = cve.scores.filter((one) => source === 'maximum' || one.source === source)
  const best = [
    ...all.map(({ score, severity }) => ({ score, severity: severity })),
    ...(source === 'maximum' && cve.score !== null
      ? [{ score: cve.score, severity: cve.severity as string }]
      : []),
  ].sort((a, b) => b.score - a.score)[0]
  return best ?? { score: null, severity: 'unscored' }
}

function list(value: unknown): Doc[] {
  return Array.isArray(value) ? (value as Doc[]) : []
}

function oneOrMore(value: unknown): string[] {
  if (value === undefined) return []
  return Array.isArray(value) ? value.map(asText) : [asText(value)]
}

function asText(value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return `${value}`
  throw new Error('the reference expects a text')
}
