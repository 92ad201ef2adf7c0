/**
 * Conditions as predicates. `test` is what index building calls half a million times; `explain` runs only
 * for an artifact that a rule applies to, and gathers the facts that made it so.
 */
import { satisfies } from './comparison.ts'
import type { FlagEvidence } from './evidence.ts'
import { flagFacts, type ArtifactFacts, type FlagFact } from './facts.ts'
import { earliest, nextTurn } from './turning-points.ts'
import { compileCveCondition } from './cve-condition.ts'
import type { CompiledCondition, World } from './compiled-condition.ts'
import { compileLicenceCondition } from './licence-condition.ts'
import { compileSpecs } from './package-specs.ts'
import type {
  AgeCondition,
  BuildAgeCondition,
  BuiltCondition,
  Condition,
  OriginCondition,
  PackageCondition,
} from './policy.ts'

/**
 * @param isNegated whether the condition stands under an odd number of `not`
 * @throws InvalidMatchSpecError for a spec that reading the policy would have refused
 */
export function compileCondition(condition: Condition, isNegated = false): CompiledCondition {
  switch (condition.kind) {
    case 'all':
      return compileGroup(condition.of, isNegated, true)
    case 'any':
      return compileGroup(condition.of, isNegated, false)
    case 'not': {
      const inner = compileCondition(condition.of, !isNegated)
      return {
        test: (world) => !inner.test(world),
        explain: (world, outcome) => inner.explain(world, !outcome),
        ...(inner.changesAt && { changesAt: inner.changesAt }),
      }
    }
    case 'package':
      return compilePackageCondition(condition)
    case 'platform': {
      const subdirs = new Set(condition.subdirs)
      return {
        test: ({ facts }) => subdirs.has(facts.subdir) === (condition.test === 'in'),
        explain: ({ facts }) => [
          {
            kind: 'platform',
            subdir: facts.subdir,
            listed: subdirs.has(facts.subdir),
            subdirs: condition.subdirs,
          },
        ],
      }
    }
    case 'licence':
      return compileLicenceCondition(condition)
    case 'cve':
      return compileCveCondition(condition, isNegated)
    case 'age':
      return compileAgeCondition(condition)
    case 'build_age':
      return compileBuildAgeCondition(condition)
    case 'built':
      return compileBuiltCondition(condition)
    case 'size':
      return {
        test: ({ facts }) => satisfies(facts.size, condition.size),
        explain: ({ facts }) => [{ kind: 'size', bytes: facts.size, limits: condition.size }],
      }
    case 'origin':
      return compileOriginCondition(condition)
    case 'flag': {
      const { fact, value } = condition
      const field = flagFacts[fact]
      return {
        test: ({ facts }) => facts[field] === value,
        explain: ({ facts }) => [flagEvidence(facts, fact)],
      }
    }
  }
}

function flagEvidence(facts: ArtifactFacts, fact: FlagFact): FlagEvidence {
  const detail = fact === 'signed' ? facts.signedWhy : fact === 'attested' ? facts.attestedWhy : undefined
  const value = facts[flagFacts[fact]]
  return { kind: 'flag', fact, value, ...(detail !== undefined && { detail }) }
}

/** `all` stops at the first false part, `any` at the first true one; only parts that decide are evidence. */
function compileGroup(of: readonly Condition[], isNegated: boolean, isAll: boolean): CompiledCondition {
  const parts = of.map((part) => compileCondition(part, isNegated))
  const timed = parts.flatMap((part) => part.changesAt ?? [])
  return {
    test: isAll
      ? (world) => parts.every((part) => part.test(world))
      : (world) => parts.some((part) => part.test(world)),
    explain: (world, outcome) =>
      parts
        .filter((part) => isAll === outcome || part.test(world) === outcome)
        .flatMap((part) => part.explain(world, outcome)),
    ...(timed.length > 0 && {
      changesAt: (world: World) => earliest(timed.map((changesAt) => changesAt(world))),
    }),
  }
}

function compilePackageCondition({ test, specs }: PackageCondition): CompiledCondition {
  const find = compileSpecs(specs)
  return {
    test: ({ facts }) => (find(facts) !== undefined) === (test === 'in'),
    explain: ({ facts }) => {
      const spec = find(facts)
      return [{ kind: 'package', test, specs, ...(spec === undefined ? {} : { spec }) }]
    },
  }
}

function compileAgeCondition({ age: limits }: AgeCondition): CompiledCondition {
  const changesAt = ({ facts, nowMs }: World): number | undefined =>
    nextTurn(limits, facts.firstSeenMs, nowMs)
  return {
    test: ({ facts, nowMs }) => satisfies(nowMs - facts.firstSeenMs, limits),
    explain: (world) => {
      const until = changesAt(world)
      return [
        {
          kind: 'age',
          firstSeen: new Date(world.facts.firstSeenMs),
          ageMs: world.nowMs - world.facts.firstSeenMs,
          limits,
          ...(until === undefined ? {} : { until: new Date(until) }),
        },
      ]
    },
    changesAt,
  }
}

function compileBuildAgeCondition({ age: limits }: BuildAgeCondition): CompiledCondition {
  const changesAt = ({ facts, nowMs }: World): number | undefined =>
    facts.timestampMs === null ? undefined : nextTurn(limits, facts.timestampMs, nowMs)
  return {
    test: ({ facts, nowMs }) => facts.timestampMs !== null && satisfies(nowMs - facts.timestampMs, limits),
    explain: (world) => {
      const { timestampMs } = world.facts
      const until = changesAt(world)
      return [
        {
          kind: 'build_age',
          built: timestampMs === null ? null : new Date(timestampMs),
          limits,
          ...(until === undefined ? {} : { until: new Date(until) }),
        },
      ]
    },
    changesAt,
  }
}

function compileBuiltCondition({ fromMs, beforeMs }: BuiltCondition): CompiledCondition {
  return {
    test: ({ facts: { timestampMs } }) =>
      timestampMs !== null && timestampMs >= (fromMs ?? -Infinity) && timestampMs < (beforeMs ?? Infinity),
    explain: ({ facts: { timestampMs } }) => [
      {
        kind: 'built',
        built: timestampMs === null ? null : new Date(timestampMs),
        ...(fromMs === undefined ? {} : { from: new Date(fromMs) }),
        ...(beforeMs === undefined ? {} : { before: new Date(beforeMs) }),
      },
    ],
  }
}

function compileOriginCondition({ kinds, names }: OriginCondition): CompiledCondition {
  const test = ({ facts: { origin } }: World): boolean =>
    (kinds === undefined || kinds.includes(origin.kind)) &&
    (names === undefined || names.includes(origin.name))
  return { test, explain: (world) => [{ kind: 'origin', origin: world.facts.origin, listed: test(world) }] }
}
