/**
 * From what zod found wrong with a policy to faults that people can act on.
 *
 * A union in the schema (`one value, or a list, or a mapping`) fails as a whole; the author meant the
 * branch whose type they wrote, so only that branch's complaints are passed on.
 */
import { z } from 'zod'
import { showPath, showValue } from './policy-faults.ts'
import type { Path, PolicyFault } from './policy-faults.ts'
import type { PositionedYaml } from './positioned-yaml.ts'
import { suggest } from './suggest.ts'

type Issue = z.core.$ZodIssue

/**
 * A mapping that takes these fields and no others. zod does not tell which fields it knows, so the
 * message of its issue carries them, one JSON text for `unknownFields` below.
 */
export function fields<Shape extends z.ZodRawShape>(shape: Shape) {
  const known = Object.keys(shape)
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? JSON.stringify(known) : undefined),
  })
}

/** Every fault of a value that `error` refused, in no particular order. */
export function zodFaults(error: z.ZodError, yaml: PositionedYaml): PolicyFault[] {
  const faults = error.issues.flatMap((issue) => issueFaults(issue, [], yaml))
  // A mapping that lacks something because a field in it is misspelt: the misspelt field says it all.
  const unknown = error.issues.length > 1 ? faults.filter((fault) => fault.value === undefined) : []
  return faults.filter(
    ({ value, path }) => value !== aMapping || !unknown.some((fault) => fault.path.startsWith(`${path}.`)),
  )
}

const aMapping = showValue({})

function issueFaults(issue: Issue, base: Path, yaml: PositionedYaml): PolicyFault[] {
  const path = [...base, ...issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step))]
  switch (issue.code) {
    case 'unrecognized_keys':
      return unknownFields(issue, path, yaml)
    case 'invalid_union': {
      const branch = meantBranch(issue.errors)
      if (branch) return branch.flatMap((inner) => issueFaults(inner, path, yaml))
      return [unionFault(issue.errors.flat(), path, yaml)]
    }
    case 'invalid_value': {
      if (valueAt(yaml.value, path) === undefined) return [missing(path, yaml)]
      return [wordFault(issue.values.map(String), path, yaml)]
    }
    case 'invalid_type': {
      const written = valueAt(yaml.value, path)
      if (written === undefined) return [missing(path, yaml)]
      const quoted =
        issue.expected === 'string' && (typeof written === 'number' || typeof written === 'boolean')
      return [
        fault(
          path,
          yaml,
          `must be ${expectedType(issue) ?? issue.expected}`,
          quoted ? `'${String(written)}'` : undefined,
        ),
      ]
    }
    case 'too_big':
      return [
        fault(
          path,
          yaml,
          issue.origin === 'array'
            ? `has more than ${issue.maximum} entries`
            : `must be at most ${issue.maximum}`,
        ),
      ]
    case 'too_small':
      return [
        fault(path, yaml, issue.origin === 'array' ? issue.message : `must be at least ${issue.minimum}`),
      ]
    case 'custom':
      return [fault(path, yaml, issue.message, asText(issue.params?.['suggestion']))]
    default:
      return [fault(path, yaml, issue.message)]
  }
}

/** No branch accepts the type written. */
function unionFault(issues: readonly Issue[], path: Path, yaml: PositionedYaml): PolicyFault {
  const written = valueAt(yaml.value, path)
  const words = issues.flatMap((issue) => (issue.code === 'invalid_value' ? issue.values.map(String) : []))
  if (typeof written === 'string' && words.length > 0) return wordFault(words, path, yaml)
  const types = [...new Set(issues.flatMap((issue) => expectedType(issue) ?? []))]
  const isBareScore = typeof written === 'number' && (path.at(-1) === 'cve' || path.at(-1) === 'score')
  return fault(path, yaml, `must be ${orList(types)}`, isBareScore ? `'>= ${written}'` : undefined)
}

function wordFault(words: readonly string[], path: Path, yaml: PositionedYaml): PolicyFault {
  const written = valueAt(yaml.value, path)
  const near = typeof written === 'string' ? suggest(written, words) : undefined
  return fault(path, yaml, `must be ${orList(words)}`, near)
}

function unknownFields(
  issue: z.core.$ZodIssueUnrecognizedKeys,
  path: Path,
  yaml: PositionedYaml,
): PolicyFault[] {
  const known = z.array(z.string()).parse(JSON.parse(issue.message)) // written by `fields`
  return issue.keys.map((key) => {
    const near = suggest(key, known)
    return {
      ...yaml.positionOfKey([...path, key]),
      path: showPath([...path, key.slice(0, 60)]),
      message: `there is no such field here; known are ${known.filter((one) => one !== '$schema').join(', ')}`,
      ...(near === undefined ? {} : { suggestion: near }),
    }
  })
}

/** The branch that accepts the type written, although it refuses something within. */
function meantBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  return branches.find((issues) => !issues.some((issue) => issue.path.length === 0 && isTypeIssue(issue)))
}

function isTypeIssue(issue: Issue): boolean {
  return (
    issue.code === 'invalid_type' ||
    issue.code === 'invalid_value' ||
    (issue.code === 'invalid_union' && !meantBranch(issue.errors))
  )
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
}

function expectedType(issue: Issue): string | undefined {
  if (issue.code === 'invalid_type') return typeNames[issue.expected] ?? issue.expected
  if (issue.code === 'invalid_value') return orList(issue.values.map(String))
  return undefined
}

function orList(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`
}

function missing(path: Path, yaml: PositionedYaml): PolicyFault {
  return { ...yaml.positionOf(path.slice(0, -1)), path: showPath(path), message: 'is missing' }
}

function fault(path: Path, yaml: PositionedYaml, message: string, suggestion?: string): PolicyFault {
  return {
    ...yaml.positionOf(path),
    path: showPath(path),
    value: showValue(valueAt(yaml.value, path)),
    message,
    ...(suggestion === undefined ? {} : { suggestion }),
  }
}

function valueAt(value: unknown, path: Path): unknown {
  let at = value
  for (const step of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, step)) return undefined
    at = (at as Readonly<Record<string | number, unknown>>)[step] // own property, checked above
  }
  return at
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
