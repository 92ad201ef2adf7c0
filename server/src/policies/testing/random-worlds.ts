/**
 * Small random worlds in which rules, exceptions, facts and instants often meet: few names, few CVEs, few
 * days. A world is made from its number alone, so that one that fails can be looked at again.
 */
import { InvalidPolicyError } from '../policy-faults.ts'
import { parsePolicy } from '../policy-document.ts'
import type { ArtifactFacts, VulnerabilityFact } from '../facts.ts'
import type { Policy, PolicyException } from '../policy.ts'
import type { Doc, ReferencePolicy } from './reference-evaluator.ts'

export const DAY = 86_400_000
export const START = Date.parse('2026-03-01T00:00:00Z')

export class Dice {
  #state: number

  constructor(seed: number) {
    this.#state = (seed * 2_654_435_761 + 1) >>> 0
  }

  /** 0 to below 1; mulberry32. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let t = this.#state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }

  below(count: number): number {
    return Math.floor(this.next() * count)
  }

  chance(probability: number): boolean {
    return this.next() < probability
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)]! // never of an empty list
  }

  some<Item>(items: readonly Item[]): Item[] {
    const chosen = items.filter(() => this.chance(0.4))
    return chosen.length > 0 ? chosen : [this.pick(items)]
  }
}

const names = ['a', 'b', 'pip', 'python']
const versions = ['1.0', '1.5', '2.0', '3.1']
const subdirs = ['linux-64', 'noarch', 'win-64'] as const
const licences = [
  'MIT',
  'GPL-3.0-only',
  'Apache-2.0',
  'MIT OR GPL-3.0-only',
  'MIT AND GPL-3.0-only',
  'Apache-2.0 AND MIT',
  'Some Odd Terms',
  null,
]
const cveIds = ['CVE-2099-0001', 'CVE-2099-0002', 'CVE-2099-0003']
const specs = ['a', 'a <2', 'b >=1.5', 'b 1.*', 'p*', '*', 'python >=1.5,<3.1', 'pip']
const severityOf = (score: number): 'low' | 'medium' | 'high' | 'critical' =>
  score >= 9 ? 'critical' : score >= 7 ? 'high' : score >= 4 ? 'medium' : 'low'

export function randomCve(dice: Dice): VulnerabilityFact {
  const score = dice.pick([null, 3.1, 5, 7, 9.8])
  const second = dice.pick([3.1, 7.5, 9.1])
  return {
    id: dice.pick(cveIds),
    aliases: dice.chance(0.2) ? [dice.pick(cveIds)] : [],
    verdict: dice.chance(0.8) ? 'affected' : 'indeterminate',
    score,
    severity: score === null ? 'unscored' : severityOf(score),
    status: dice.pick(['reported', 'reported', 'active', 'mitigated', 'cleared', 'disputed']),
    confidence: dice.pick([0.5, 0.8, 0.95]),
    why: 'because',
    fixedIn: dice.chance(0.5) ? ['2.0'] : [],
    scoreSource: score === null ? null : 'NVD',
    vector: null,
    scores: dice.chance(0.5) ? [{ source: 'ghsa', score: second, severity: severityOf(second) }] : [],
    kev: dice.chance(0.2),
    epss: dice.pick([null, 0.05, 0.5]),
    publishedMs: dice.chance(0.8) ? START - dice.below(20) * DAY : null,
    fixedInChannel: dice.chance(0.5) ? ['2.0'] : [],
  }
}

export function randomFacts(dice: Dice): ArtifactFacts {
  const [name, version, build] = [dice.pick(names), dice.pick(versions), dice.pick(['0', '1'])]
  const kind = dice.pick(['mirror', 'upload'] as const)
  return {
    channel: 'prod',
    subdir: dice.pick(subdirs),
    filename: `${name}-${version}-${build}.conda`,
    name,
    version,
    build,
    buildNumber: Number(build),
    size: dice.pick([500_000, 1_000_000, 2_000_000]),
    licence: dice.pick(licences),
    licenceFamily: null,
    timestampMs: dice.chance(0.8) ? START - dice.below(30) * DAY : null,
    firstSeenMs: START - dice.below(12) * DAY,
    origin: { kind, id: kind === 'mirror' ? dice.pick(['m1', 'm2']) : 'u1', name: dice.pick(['forge', 'x']) },
    unmapped: dice.chance(0.3),
    signed: dice.chance(0.3),
    attested: false,
    linkScripts: dice.chance(0.3),
    executablesInNoarch: false,
    legacyDuplicate: false,
    vulnerabilities: distinct(Array.from({ length: dice.below(4) }, () => randomCve(dice))),
  }
}

/** A match names each vulnerability once. */
function distinct(cves: readonly VulnerabilityFact[]): VulnerabilityFact[] {
  return [...new Map(cves.map((cve) => [cve.id, cve])).values()]
}

function randomCveCondition(dice: Dice): unknown {
  if (dice.chance(0.3)) return dice.pick(['>= 7', '> 7', '>= 4, < 9', 'CVE-2099-0001', 'cve-2099-0002'])
  const fields: [string, unknown][] = [
    ['score', dice.pick(['>= 7', '< 5', '>= 4, <= 7'])],
    [
      'severity',
      dice.pick(['critical', ['high', 'critical'], ['medium', 'unscored'], { at_least: 'medium' }]),
    ],
    ['unscored', dice.chance(0.5)],
    ['status', dice.pick(['active', ['reported', 'mitigated']])],
    ['ids', dice.some(cveIds)],
    ['fixed', dice.chance(0.5)],
    ['fixed_here', dice.chance(0.5)],
    ['kev', dice.chance(0.5)],
    ['epss', dice.pick(['>= 10 %', '< 0.5'])],
    ['age', dice.pick(['< 10 days', '>= 3 days'])],
    ['source', dice.pick(['ghsa', 'maximum', 'nvd'])],
    ['min_confidence', dice.pick([0, 0.6, 0.9])],
    ['indeterminate', dice.pick([true, 'only', false])],
  ]
  return Object.fromEntries(fields.filter(() => dice.chance(0.2)).concat([dice.pick(fields)]))
}

const lists = (dice: Dice, values: readonly string[]): unknown => {
  const chosen = dice.some(values)
  return dice.pick([chosen[0], chosen, { in: chosen }, { not_in: chosen }])
}

function randomLeaf(dice: Dice): [string, unknown] {
  switch (dice.below(12)) {
    case 0:
    case 1:
    case 2:
      return ['cve', randomCveCondition(dice)]
    case 3:
      return ['package', lists(dice, specs)]
    case 4:
      return ['platform', lists(dice, subdirs)]
    case 5: {
      const chosen = dice.some(['GPL', 'GPL3', 'MIT', 'APACHE', 'unknown', 'GPL-3.0-only', 'Apache-2.0'])
      return ['licence', dice.chance(0.5) ? chosen : { not_in: chosen }]
    }
    case 6:
      return ['age', dice.pick(['< 7 days', '>= 3 days', '> 24 hours, <= 9 days'])]
    case 7:
      return ['build_age', dice.pick(['< 20 days', '> 5 days'])]
    case 8:
      return ['size', dice.pick(['> 1 MB', '<= 1 MB'])]
    case 9:
      return ['origin', dice.pick(['mirror', 'upload', { kind: 'mirror', name: 'forge' }, { name: ['x'] }])]
    case 10:
      return ['built', dice.pick([{ from: '2026-02-10' }, { to: '2026-02-20' }])]
    default:
      return [dice.pick(['unmapped', 'signed', 'link_scripts']), dice.chance(0.5)]
  }
}

function randomCondition(dice: Dice, depth = 0): Doc {
  if (depth < 3 && dice.chance(0.4)) {
    const several = (): Doc[] =>
      Array.from({ length: 1 + dice.below(3) }, () => randomCondition(dice, depth + 1))
    return dice.pick<() => Doc>([
      () => ({ all: several() }),
      () => ({ any: several() }),
      () => ({ not: randomCondition(dice, depth + 1) }),
      () => Object.fromEntries([randomLeaf(dice), ['not', randomCondition(dice, depth + 1)]]),
    ])()
  }
  return Object.fromEntries(dice.chance(0.3) ? [randomLeaf(dice), randomLeaf(dice)] : [randomLeaf(dice)])
}

const effects = ['warn', 'hide', 'hold', 'deny'] as const
const dayText = (day: number): string => new Date(START + day * DAY).toISOString().slice(0, 10)

function randomRule(dice: Dice, index: number): Doc {
  const final = dice.chance(0.25)
  return {
    id: `r${index}`,
    effect: final && dice.chance(0.4) ? 'allow' : dice.pick(effects),
    when: randomCondition(dice),
    ...(final && { final }),
    ...(dice.chance(0.1) && { from: dayText(dice.below(4)) }),
    ...(dice.chance(0.1) && { until: dayText(4 + dice.below(5)) }),
  }
}

function randomException(dice: Dice, index: number, rules: readonly string[]): Doc {
  const match: Record<string, unknown> = {
    ...(dice.chance(0.6) && { package: dice.some(specs.filter((spec) => spec !== '*')) }),
    ...(dice.chance(0.5) && { cve: dice.some(cveIds) }),
    ...(dice.chance(0.4) && rules.length > 0 && { rule: dice.some(rules) }),
    ...(dice.chance(0.2) && { file: `${dice.pick(subdirs)}/a-1.0-0.conda` }),
  }
  return {
    id: `e${index}`,
    match: Object.keys(match).length === 0 ? { cve: dice.pick(cveIds) } : match,
    reason: 'because',
    ...((dice.chance(0.5) || Object.keys(match).join() === 'rule') && { expires: dayText(dice.below(10)) }),
  }
}

/** As the author wrote it; never one that is refused. */
export function randomDocument(dice: Dice, name: string): Doc {
  for (;;) {
    const rules = Array.from({ length: dice.below(4) }, (_, index) => randomRule(dice, index))
    const ids = rules.map(({ id }) => String(id))
    const document: Doc = {
      name,
      rules,
      ...(dice.chance(0.3) && { [dice.pick(['deny', 'hide', 'allow'])]: [randomCondition(dice)] }),
      exceptions: Array.from({ length: dice.below(3) }, (_, index) => randomException(dice, index, ids)),
    }
    if (isAccepted(document)) return document
  }
}

function isAccepted(document: Doc): boolean {
  try {
    parsePolicy(JSON.stringify(document), { filename: 'random' })
    return true
  } catch (error) {
    if (error instanceof InvalidPolicyError) return false // it can never apply, most often
    throw error
  }
}

/** Granted on request: for files or a package, of rules as a whole or for CVEs. */
export function randomGrant(dice: Dice, index: number): Doc {
  return {
    id: `g${index}`,
    match: {
      ...(dice.chance(0.5)
        ? { file: `${dice.pick(subdirs)}/${dice.pick(names)}-${dice.pick(versions)}-0.conda` }
        : { package: dice.pick(specs) }),
      ...(dice.chance(0.6) ? { cve: dice.some(cveIds) } : { rule: `r${dice.below(3)}` }),
      ...(dice.chance(0.1) && { effect: 'hold' }),
    },
    reason: 'granted',
    expires: new Date(START + (1 + dice.below(9)) * DAY).toISOString(),
  }
}

/** The same as the product has it. */
export function toPolicy({ document, audit, mirrorId, granted }: ReferencePolicy): Policy {
  const policy = parsePolicy(JSON.stringify(document), { filename: 'random', saved: true })
  return {
    ...policy,
    exceptions: [...policy.exceptions, ...granted.map(toException)],
    ...(audit && { auditOnly: true }),
    ...(mirrorId !== undefined && { mirrorId }),
  }
}

function toException(grant: Doc): PolicyException {
  const match = grant['match'] as Readonly<Record<string, string | string[] | undefined>>
  const many = (value: string | string[] | undefined): string[] | undefined =>
    value === undefined ? undefined : [value].flat()
  const files = many(match['file'])
  return {
    id: String(grant['id']),
    packages: many(match['package']),
    cves: many(match['cve']),
    rules: many(match['rule']),
    ...(files && { files }),
    ...(match['effect'] === 'hold' && { effect: 'hold' }),
    reason: 'granted',
    expiresMs: Date.parse(String(grant['expires'])),
  }
}
