/**
 * The single values of the policy language as zod schemas: a match spec, a licence, a platform, a date, a
 * comparison. Each says what is wrong with a value and, where it can, what was probably meant; whoever
 * reads the policy adds line and column.
 */
import { KNOWN_SUBDIRS, isKnownSubdir } from '@terrarium/conda/names.ts'
import { z } from 'zod'
import { parseComparisons } from './comparison.ts'
import type { Unit } from './comparison.ts'
import { complainOfLicence } from './licence-terms.ts'
import { complainOfSpec } from './package-specs.ts'
import { suggest } from './suggest.ts'

export interface Complaint {
  readonly message: string
  readonly suggestion?: string | undefined
}

/** A text that a function looks at; `meta` goes into the JSON Schema. */
function checked(complain: (text: string) => Complaint | undefined, meta: z.GlobalMeta): z.ZodString {
  return z
    .string()
    .superRefine((text, context) => {
      const complaint = complain(text)
      if (!complaint) return
      context.addIssue({
        code: 'custom',
        message: complaint.message,
        params: { suggestion: complaint.suggestion },
      })
    })
    .meta(meta)
}

/** Words for people. Control characters are refused: these texts reach terminals. */
export function words(maxLength: number, meta: z.GlobalMeta): z.ZodString {
  return checked(
    (text) => {
      if (text.trim() === '') return { message: 'is empty' }
      if (text.length > maxLength) return { message: `is longer than ${maxLength} characters` }
      if (/[^\P{Cc}\n\t]/u.test(text)) return { message: 'has control characters' }
      return undefined
    },
    { ...meta, minLength: 1, maxLength },
  )
}

export const identifier = checked(
  (text) =>
    /^[a-z0-9][a-z0-9._-]{0,63}$/.test(text)
      ? undefined
      : {
          message: 'must be up to 64 lower-case letters, digits, dots, dashes and underscores',
          suggestion:
            text
              .toLowerCase()
              .replace(/[^a-z0-9._-]+/g, '-')
              .replace(/^[-._]+/, '')
              .slice(0, 64) || undefined,
        },
  { id: 'identifier', pattern: '^[a-z0-9][a-z0-9._-]{0,63}$', examples: ['no-critical'] },
)

export const matchSpec = checked(complainOfSpec, {
  id: 'match-spec',
  description: 'A conda match spec.',
  examples: ['openssl <3', 'numpy >=1.20,<2', 'python 3.11.*', 'py*'],
  maxLength: 256,
})

export const licenceTerm = checked(complainOfLicence, {
  id: 'licence',
  description:
    'A licence family, an SPDX licence id, or "unknown" for a licence that is absent or unreadable.',
  examples: ['GPL', 'AGPL', 'MIT', 'GPL-3.0-only', 'unknown'],
})

export const platform = checked(
  (text) =>
    isKnownSubdir(text)
      ? undefined
      : { message: 'is no platform that conda knows', suggestion: suggest(text, KNOWN_SUBDIRS) },
  { id: 'platform', description: 'A platform (subdir).', enum: [...KNOWN_SUBDIRS] },
)

/** CVE-…, GHSA-…, PYSEC-…: any advisory id, and a CVE id only in its right form. */
export const cveId = checked(complainOfCveId, {
  id: 'cve-id',
  description: 'A CVE id, or the id of another advisory.',
  examples: ['CVE-2021-44228', 'GHSA-jfh8-c2jp-5v3q'],
  pattern: '^[A-Za-z][A-Za-z0-9]*-[A-Za-z0-9:._-]+$',
})

function complainOfCveId(text: string): Complaint | undefined {
  if (/^CVE-/i.test(text)) {
    return /^CVE-\d{4}-\d{4,10}$/i.test(text)
      ? undefined
      : { message: 'is no CVE id; they look like CVE-2021-44228' }
  }
  if (/^[A-Za-z][A-Za-z0-9]{0,15}-[A-Za-z0-9:._-]{1,60}$/.test(text)) return undefined
  const digits = /^(\d{4})-(\d{4,10})$/.exec(text)
  return {
    message: 'is no CVE id; they look like CVE-2021-44228',
    suggestion: digits ? `CVE-${text}` : undefined,
  }
}

/** `cve: '>= 7'` and `cve: CVE-2021-44228` share a place. */
export function looksLikeId(text: string): boolean {
  return /^[A-Za-z]/.test(text)
}

const numberOrComparison = 'A comparison in quotes; a comma means "and".'

export function comparison(unit: Unit): z.ZodString {
  return checked((text) => complainOfComparison(text, unit), {
    description: numberOrComparison,
    examples: [unit.example],
  })
}

export function complainOfComparison(text: string, unit: Unit): Complaint | undefined {
  const read = parseComparisons(text, unit)
  if (typeof read !== 'string') return undefined
  // `cve: '7'`: which way round is not ours to guess, but nearly everybody means "at least".
  return { message: read, suggestion: unit.read(text.trim()) === undefined ? undefined : `>= ${text.trim()}` }
}

export function scoreOrId(unit: Unit): z.ZodString {
  return checked((text) => (looksLikeId(text) ? complainOfCveId(text) : complainOfComparison(text, unit)), {
    description: `${numberOrComparison} Or one CVE id.`,
    examples: [unit.example, 'CVE-2021-44228'],
  })
}

/** A bare quantity, `7 days`, for the object form of a comparison. */
export function quantity(unit: Unit): z.ZodString {
  const example = unit.example.replace(/^\W+/, '')
  return checked(
    (text) =>
      unit.read(text) === undefined ? { message: `cannot be read; write it like "${example}"` } : undefined,
    { examples: [example] },
  )
}

export const dateOrInstant = checked(
  (text) =>
    parseInstant(text) === undefined
      ? { message: 'is no date; write it like 2027-01-31 or 2027-01-31T12:00:00Z' }
      : undefined,
  {
    id: 'date',
    description: 'A date (the whole of that day, UTC) or an instant with its time zone.',
    examples: ['2027-01-31', '2027-01-31T12:00:00Z'],
  },
)

/** `linux-64/openssl-1.1.1w-0.conda` */
export const filePath = checked(
  (text) => {
    const [subdir = '', filename = '', ...rest] = text.split('/')
    if (rest.length > 0 || !/^[\w.!+-]{1,255}\.(?:conda|tar\.bz2)$/.test(filename)) {
      return { message: 'is no file of a channel; write it like linux-64/openssl-1.1.1w-0.conda' }
    }
    if (isKnownSubdir(subdir)) return undefined
    const near = suggest(subdir, KNOWN_SUBDIRS)
    return {
      message: 'begins with no platform that conda knows',
      suggestion: near && `${near}/${filename}`,
    }
  },
  { id: 'file', description: 'Subdir and filename.', examples: ['linux-64/openssl-1.1.1w-0.conda'] },
)

export interface Instant {
  readonly ms: number
  /** The text was a bare date: `ms` is its first instant, the whole day is meant. */
  readonly isDay: boolean
}

/** @returns undefined for a date that does not exist, such as 2027-02-30 */
export function parseInstant(text: string): Instant | undefined {
  const isDay = z.iso.date().safeParse(text).success
  if (!isDay && !z.iso.datetime({ offset: true }).safeParse(text).success) return undefined
  const ms = Date.parse(text)
  return Number.isNaN(ms) ? undefined : { ms, isDay }
}

const dayMs = 86_400_000

/** `expires`, `until`: a date holds to the end of that day in UTC, an instant is itself the end. */
export function exclusiveEnd(text: string): number | undefined {
  const instant = parseInstant(text)
  return instant && (instant.isDay ? instant.ms + dayMs : instant.ms)
}
