/**
 * Comparisons as policies write them: `>= 7`, `>= 4, < 7`, `< 7 days`, `> 1.5 GB`. A comma means "and", as
 * in a match spec. Pure text and numbers; what is compared is the condition's business.
 */

export const operators = ['>=', '>', '<=', '<', '='] as const
export type Operator = (typeof operators)[number]

export interface Comparison {
  readonly operator: Operator
  readonly value: number
}

/** A kind of quantity: how its numbers are written, read and shown. */
export interface Unit {
  /** Shown to a person whose text could not be read, `>= 7`. */
  readonly example: string
  /** @returns undefined for text that is no such quantity */
  read(text: string): number | undefined
  show(value: number): string
}

/**
 * @returns what to tell the author, when the text is no comparison
 */
export function parseComparisons(text: string, unit: Unit): readonly Comparison[] | string {
  const comparisons: Comparison[] = []
  for (const part of text.split(',')) {
    const written = /^\s*(>=|<=|==|=|>|<)?\s*(\S.*?)\s*$/.exec(part.slice(0, 64))
    const value = written?.[2] === undefined ? undefined : unit.read(written[2])
    if (value === undefined) return `cannot be read as a comparison; write it like "${unit.example}"`
    const operator = operators.find((one) => one === (written?.[1] === '==' ? '=' : written?.[1]))
    if (!operator) return `needs a comparison before the value; write it like "${unit.example}"`
    comparisons.push({ operator, value })
  }
  return comparisons
}

export function satisfies(value: number, comparisons: readonly Comparison[]): boolean {
  for (const { operator, value: bound } of comparisons) {
    if (!compare(value, operator, bound)) return false
  }
  return true
}

function compare(value: number, operator: Operator, bound: number): boolean {
  switch (operator) {
    case '>=':
      return value >= bound
    case '>':
      return value > bound
    case '<=':
      return value <= bound
    case '<':
      return value < bound
    case '=':
      return value === bound
  }
}

/** `>= 4 and < 7`. */
export function showComparisons(comparisons: readonly Comparison[], unit: Unit): string {
  return comparisons.map(({ operator, value }) => `${operator} ${unit.show(value)}`).join(' and ')
}

/** A CVSS score. */
export const score: Unit = {
  example: '>= 7',
  read: (text) => {
    const value = /^\d{1,2}(\.\d{1,2})?$/.test(text) ? Number(text) : NaN
    return value <= 10 ? value : undefined
  },
  show: String,
}

/** A probability, written as 0.1 or 10 %. */
export const probability: Unit = {
  example: '>= 0.1',
  read: (text) => {
    const written = /^(\d{1,3}(?:\.\d{1,6})?)\s*(%?)$/.exec(text)
    const value = written ? Number(written[1]) / (written[2] ? 100 : 1) : NaN
    return value <= 1 ? value : undefined
  },
  show: (value) => `${Number((value * 100).toPrecision(3))} %`,
}

const millisecondsPer = { hour: 3_600_000, day: 86_400_000, week: 604_800_000 } as const

/** Milliseconds, written in hours, days or weeks. Months and years differ in length and are refused. */
export const duration: Unit = {
  example: '< 7 days',
  read: (text) => {
    const written = /^(\d{1,6}(?:\.\d{1,3})?)\s*(hour|day|week)s?$/i.exec(text)
    if (!written) return undefined
    const unit = written[2]?.toLowerCase()
    return (
      Number(written[1]) *
      (unit === 'hour' ? millisecondsPer.hour : unit === 'day' ? millisecondsPer.day : millisecondsPer.week)
    )
  },
  show: (ms) => {
    const [count, unit] =
      Math.abs(ms) < 2 * millisecondsPer.day
        ? [ms / millisecondsPer.hour, 'hour']
        : [ms / millisecondsPer.day, 'day']
    const rounded = Math.floor(count * 10) / 10
    return `${rounded} ${unit}${rounded === 1 ? '' : 's'}`
  },
}

const bytesPer: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KIB: 2 ** 10,
  MIB: 2 ** 20,
  GIB: 2 ** 30,
  TIB: 2 ** 40,
}

/** Bytes, written with decimal (`MB`) or binary (`MiB`) units. */
export const size: Unit = {
  example: '> 500 MB',
  read: (text) => {
    const written = /^(\d{1,15}(?:\.\d{1,3})?)\s*([kmgt]?i?b)$/i.exec(text)
    const factor = bytesPer[written?.[2]?.toUpperCase() ?? '']
    return written && factor !== undefined ? Math.round(Number(written[1]) * factor) : undefined
  },
  show: (bytes) => {
    const [unit, factor] =
      (['TB', 'GB', 'MB', 'kB'] as const)
        .map((name) => [name, bytesPer[name.toUpperCase()] ?? 1] as const)
        .find(([, one]) => bytes >= one) ?? (['B', 1] as const)
    return `${Math.round((bytes / factor) * 10) / 10} ${unit}`
  },
}
