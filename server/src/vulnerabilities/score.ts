/**
 * Scores from CVSS vectors, versions 2.0, 3.0, 3.1 and 4.0, and the severity bands.
 *
 * The formulas are ae-cvss-calculator's. What it lets through is refused here first: a missing mandatory
 * metric, a metric given twice, a missing prefix. Its one wrong rounding (CVSS 2 temporal scores, where binary
 * floats make 8.55 into 8.5) is computed in whole numbers here.
 * Which of several scores counts: `choose-score.ts`.
 */
import cvss from 'ae-cvss-calculator'
import type { CvssVersion, Score, ScoreSource } from './advisory.ts'

export interface VectorScores {
  readonly version: CvssVersion
  /** For 4.0 the one score of the whole vector: that version has no separate base score. */
  readonly base: number
  /** Only where the vector has such metrics. */
  readonly temporal: number | undefined
  readonly environmental: number | undefined
  /** The score to use for the whole vector: environmental, else temporal, else base. */
  readonly overall: number
}

/** @returns undefined for a vector that its specification does not allow */
export function scoreVector(vector: string): VectorScores | undefined {
  const version = versionOf(vector)
  const metrics = version && readMetrics(vector, version)
  return metrics && compute(vector, version, metrics)
}

export const severities = ['none', 'low', 'medium', 'high', 'critical', 'unscored'] as const
export type Severity = (typeof severities)[number]

/**
 * Bands of CVSS 3 and 4. CVSS 2 defines none; NVD's for it are low to 3.9, medium to 6.9, high above, without
 * `none` and `critical`.
 */
export function severityOf(score: number | null, version: CvssVersion | null = null): Severity {
  if (score === null) return 'unscored'
  if (version === '2.0') return score < 4 ? 'low' : score < 7 ? 'medium' : 'high'
  if (score === 0) return 'none'
  return score < 4 ? 'low' : score < 7 ? 'medium' : score < 9 ? 'high' : 'critical'
}

/**
 * A score as a record gives it: from the vector where that is valid, otherwise the number beside it.
 * @returns an empty list for neither, so that callers can spread it
 */
export function readScore(
  source: ScoreSource,
  version: CvssVersion,
  vector: string | undefined,
  statedBase: number | undefined,
): Score[] {
  const scores = vector === undefined ? undefined : scoreVector(version === '2.0' ? bare(vector) : vector)
  if (vector !== undefined && scores) return [{ source, version: scores.version, vector, base: scores.base }]
  return statedBase === undefined ? [] : [{ source, version, vector: null, base: statedBase }]
}

type Metrics = ReadonlyMap<string, string>

interface Grammar {
  readonly prefix: string
  readonly create: (
    vector: string,
  ) => InstanceType<typeof cvss.Cvss2 | typeof cvss.Cvss3P0 | typeof cvss.Cvss3P1 | typeof cvss.Cvss4P0>
  /** Metric to the values it may have; "not defined" is no value of a mandatory metric. */
  readonly values: ReadonlyMap<string, ReadonlySet<string>>
  readonly mandatory: readonly string[]
}

const grammars: Readonly<Record<CvssVersion, Grammar>> = {
  '2.0': grammar('', (vector) => new cvss.Cvss2(vector)),
  '3.0': grammar('CVSS:3.0/', (vector) => new cvss.Cvss3P0(vector)),
  '3.1': grammar('CVSS:3.1/', (vector) => new cvss.Cvss3P1(vector)),
  '4.0': grammar('CVSS:4.0/', (vector) => new cvss.Cvss4P0(vector)),
}

function grammar(prefix: string, create: Grammar['create']): Grammar {
  const values = new Map<string, ReadonlySet<string>>()
  const mandatory: string[] = []
  for (const [category, components] of create('').getRegisteredComponents()) {
    for (const component of components) {
      const names = component.values.map((value) => value.shortName)
      const isBase = category.name === 'base'
      values.set(component.shortName, new Set(isBase ? names.filter((name) => !isUndefined(name)) : names))
      if (isBase) mandatory.push(component.shortName)
    }
  }
  return { prefix, create, values, mandatory }
}

function isUndefined(value: string): boolean {
  return value === 'X' || value === 'ND'
}

function versionOf(vector: string): CvssVersion | undefined {
  if (vector.startsWith('CVSS:3.1/')) return '3.1'
  if (vector.startsWith('CVSS:3.0/')) return '3.0'
  if (vector.startsWith('CVSS:4.0/')) return '4.0'
  return vector.startsWith('CVSS:') ? undefined : '2.0'
}

/** NVD and others write a CVSS 2 vector in parentheses. */
function bare(vector: string): string {
  return vector.startsWith('(') && vector.endsWith(')') ? vector.slice(1, -1) : vector
}

function readMetrics(vector: string, version: CvssVersion): Metrics | undefined {
  const { prefix, values, mandatory } = grammars[version]
  const metrics = new Map<string, string>()
  for (const part of vector.slice(prefix.length).split('/')) {
    const [name = '', value = '', ...rest] = part.split(':')
    if (rest.length > 0 || metrics.has(name) || !values.get(name)?.has(value)) return undefined
    metrics.set(name, value)
  }
  return mandatory.every((name) => metrics.has(name)) ? metrics : undefined
}

function compute(vector: string, version: CvssVersion, metrics: Metrics): VectorScores | undefined {
  const scores = grammars[version].create(vector).calculateScores(false)
  if (!('temporal' in scores)) {
    return {
      version,
      base: scores.overall,
      temporal: undefined,
      environmental: undefined,
      overall: scores.overall,
    }
  }
  const base = scores.base
  if (base === undefined) return undefined
  const temporal =
    version === '2.0' && scores.temporal !== undefined ? temporal2(base, metrics) : scores.temporal
  const environmental = scores.environmental
  return { version, base, temporal, environmental, overall: environmental ?? temporal ?? base }
}

/** Weights of the CVSS 2 guide, section 3.2.2, in hundredths. */
const temporalWeights: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  E: { U: 85, POC: 90, F: 95, H: 100 },
  RL: { OF: 87, TF: 90, W: 95, U: 100 },
  RC: { UC: 90, UR: 95, C: 100 },
}

function temporal2(base: number, metrics: Metrics): number {
  const tenths = Object.entries(temporalWeights).reduce(
    (product, [name, weights]) => product * (weights[metrics.get(name) ?? ''] ?? 100),
    Math.round(base * 10),
  )
  return Math.round(tenths / 100 ** 3) / 10
}
