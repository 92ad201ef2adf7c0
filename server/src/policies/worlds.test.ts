/**
 * Random worlds: policies, files, advisory updates, exceptions and clock moves, and after every step each
 * decision, its rules, its trial, the preview's counts and the time of the next change against the slow
 * reference evaluator. `npm run test:worlds -- 100000` runs more of them.
 */
import { expect, test } from 'vitest'
import { countChanges } from '../previews/count-changes.ts'
import { decide } from './decide.ts'
import { isListed } from './decision.ts'
import type { ArtifactFacts } from './facts.ts'
import type { Policy } from './policy.ts'
import {
  DAY,
  Dice,
  randomCve,
  randomDocument,
  randomFacts,
  randomGrant,
  START,
  toPolicy,
} from './testing/random-worlds.ts'
import { evaluate, type ReferencePolicy } from './testing/reference-evaluator.ts'

const WORLDS = Number(process.env['WORLDS'] ?? 2000)
const FIRST = Number(process.env['FIRST_WORLD'] ?? 0)
const STEPS = 4
const FILES = 6

interface World {
  files: ArtifactFacts[]
  policies: ReferencePolicy[]
  now: number
}

function randomWorld(dice: Dice): World {
  return {
    files: Array.from({ length: FILES }, () => randomFacts(dice)),
    policies: Array.from({ length: 1 + dice.below(3) }, (_, index) => randomPolicy(dice, `p${index}`)),
    now: START,
  }
}

function randomPolicy(dice: Dice, name: string): ReferencePolicy {
  return {
    name,
    document: randomDocument(dice, name),
    audit: dice.chance(0.2),
    mirrorId: dice.chance(0.2) ? dice.pick(['m1', 'm2']) : undefined,
    granted: [],
  }
}

/** One thing happens. */
function step(dice: Dice, world: World): World {
  const at = dice.below(world.policies.length)
  const change = (make: (policy: ReferencePolicy) => ReferencePolicy): World => ({
    ...world,
    policies: world.policies.map((policy, index) => (index === at ? make(policy) : policy)),
  })
  switch (dice.below(6)) {
    case 0:
    case 1: // now and then to the millisecond at which something turns
      return { ...world, now: world.now + dice.pick([1, DAY, DAY - 1, DAY / 2, 3 * DAY]) }
    case 2: {
      const index = dice.below(FILES)
      return {
        ...world,
        files: world.files.map((file, i) =>
          i === index ? { ...file, vulnerabilities: [randomCve(dice)] } : file,
        ),
      }
    }
    case 3:
      return change((policy) => ({ ...policy, document: randomDocument(dice, policy.name) }))
    case 4:
      return change((policy) => ({
        ...policy,
        granted: dice.chance(0.3) ? [] : [...policy.granted, randomGrant(dice, policy.granted.length)],
      }))
    default:
      return change((policy) => ({ ...policy, audit: !policy.audit }))
  }
}

function check(world: World, policies: readonly Policy[]): void {
  const now = new Date(world.now)
  for (const facts of world.files) {
    const decision = decide(facts, policies, now)
    const expected = evaluate(facts, world.policies, world.now)
    const ids = (reasons: typeof decision.reasons): string[] =>
      reasons.map(({ policy, rule }) => `${policy}/${rule}`).sort()
    expect({
      effect: decision.effect,
      rules: ids(decision.reasons),
      overruled: ids(decision.overruled ?? []),
      trial: decision.trial?.effect ?? decision.effect,
    }).toEqual(expected)
    const brief = decide(facts, policies, now, { brief: true })
    expect([brief.effect, ids(brief.reasons)]).toEqual([expected.effect, expected.rules])
    checkTime(world, facts, decision.nextChangeAt)
  }
}

/** Until then, nothing changes by time. */
function checkTime(world: World, facts: ArtifactFacts, next: Date | undefined): void {
  const before = evaluate(facts, world.policies, world.now)
  const end = next?.getTime() ?? world.now + 60 * DAY
  if (end <= world.now) throw new Error('the next change lies in the past')
  for (const at of [end - 1, Math.floor((world.now + end) / 2)]) {
    expect(evaluate(facts, world.policies, at)).toEqual(before)
  }
}

/** What a preview of the second world's policies says in the first one. */
function checkPreview(world: World, before: readonly Policy[], after: readonly Policy[], next: World): void {
  const names = Map.groupBy(world.files, ({ name }) => name)
  const changes = countChanges(names, { before, after }, new Date(world.now), () => undefined)
  const listed = (facts: ArtifactFacts, policies: readonly ReferencePolicy[]): boolean =>
    ['allow', 'warn'].includes(evaluate(facts, policies, world.now).effect)
  const moved = world.files.map((facts) => [listed(facts, world.policies), listed(facts, next.policies)])
  expect(changes.total).toEqual({
    blocked: moved.filter(([was, is]) => was && !is).length,
    unblocked: moved.filter(([was, is]) => !was && is).length,
  })
  const alarms = [...names].filter(
    ([, files]) =>
      files.some((facts) => listed(facts, world.policies)) &&
      !files.some((facts) => listed(facts, next.policies)),
  )
  expect(
    changes.byName
      .filter(({ noneLeft }) => noneLeft)
      .map(({ name }) => name)
      .sort(),
  ).toEqual(alarms.map(([name]) => name).sort())
}

test(
  `${WORLDS} random worlds come out as the reference evaluator says`,
  () => {
    const seen = new Map<string, number>()
    for (let number = FIRST; number < FIRST + WORLDS; number += 1) {
      const dice = new Dice(number)
      let world = randomWorld(dice)
      let policies = world.policies.map(toPolicy)
      try {
        check(world, policies)
        for (let i = 0; i < STEPS; i += 1) {
          const next = step(dice, world)
          const made = next.policies.map((one, index) =>
            one === world.policies[index] ? policies[index]! : toPolicy(one),
          )
          checkPreview(world, policies, made, next)
          ;[world, policies] = [next, made]
          check(world, policies)
        }
      } catch (error) {
        throw new Error(`world ${number} comes out differently; FIRST_WORLD=${number} WORLDS=1 repeats it`, {
          cause: error,
        })
      }
      for (const facts of world.files) {
        const { effect } = decide(facts, policies, new Date(world.now))
        seen.set(effect, (seen.get(effect) ?? 0) + 1)
      }
    }
    // worlds in which nothing happens would prove nothing
    if (WORLDS >= 100)
      for (const effect of ['allow', 'warn', 'hide', 'hold', 'deny'])
        expect(seen.get(effect)).toBeGreaterThan(WORLDS / 10)
    expect(isListed(decide(randomFacts(new Dice(1)), [], new Date(START)))).toBe(true)
  },
  Math.max(300_000, WORLDS * 100),
)
