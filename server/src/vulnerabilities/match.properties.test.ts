/** What holds for any range, whatever its versions: the order of events, splitting, the bounds, `introduced: 0`. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { EventRange, RangeEvent, VersionRange } from './advisory.ts'
import { locate, prepareEntry, type Verdict } from './match.ts'
import { aLink, anEntry } from './testing/builders.ts'

const part = fc.integer({ min: 0, max: 30 })
const versions = fc
  .uniqueArray(fc.tuple(part, part, part), { minLength: 3, maxLength: 9, selector: (parts) => parts.join() })
  .map((all) =>
    all.toSorted(([a, b, c], [x, y, z]) => a - x || b - y || c - z).map((parts) => parts.join('.')),
  )

function verdict(ranges: readonly VersionRange[], version: string): Verdict | undefined {
  const prepared = prepareEntry(aLink(), anEntry({ ranges }), false)
  return prepared && locate(prepared, version).verdict
}

function range(...events: readonly (readonly [RangeEvent['kind'], string])[]): EventRange {
  return { form: 'events', scheme: 'ecosystem', events: events.map(([kind, version]) => ({ kind, version })) }
}

/** Pairs of introduced and fixed over sorted versions; the last may stay open. */
function alternating(sorted: readonly string[]): EventRange {
  return range(
    ...sorted.map((version, index) => [index % 2 === 0 ? 'introduced' : 'fixed', version] as const),
  )
}

describe('any range', () => {
  test('means the same in any order of its events', () => {
    fc.assert(
      fc.property(
        versions.chain((sorted) =>
          fc.tuple(fc.constant(sorted), fc.shuffledSubarray(sorted, { minLength: sorted.length })),
        ),
        ([sorted, shuffled]) => {
          const whole = alternating(sorted)
          const events = shuffled.map((version) => whole.events.find((event) => event.version === version)!) // same versions
          for (const version of sorted) {
            expect(verdict([{ ...whole, events }], version)).toBe(verdict([whole], version))
          }
        },
      ),
    )
  })

  test('is what it is as a sequence of switches', () => {
    fc.assert(
      fc.property(versions, (sorted) => {
        sorted.forEach((version, index) => {
          expect(verdict([alternating(sorted)], version)).toBe(index % 2 === 0 ? 'affected' : 'not-affected')
        })
      }),
    )
  })

  test('split at any version inside covers the same versions', () => {
    fc.assert(
      fc.property(versions, fc.nat(), (sorted, seed) => {
        const [first, last] = [sorted[0]!, sorted.at(-1)!]
        const middle = sorted[1 + (seed % (sorted.length - 2))]! // neither the first nor the last
        const whole = range(['introduced', first], ['fixed', last])
        const halves = [
          range(['introduced', first], ['fixed', middle]),
          range(['introduced', middle], ['fixed', last]),
        ]
        for (const version of sorted) expect(verdict(halves, version)).toBe(verdict([whole], version))
      }),
    )
  })

  test('has its lower bound, and its upper one only where that is the last affected', () => {
    fc.assert(
      fc.property(versions, (sorted) => {
        const [first, last] = [sorted[0]!, sorted.at(-1)!]
        const fixed = [range(['introduced', first], ['fixed', last])]
        const closed = [range(['introduced', first], ['lastAffected', last])]
        expect([verdict(fixed, first), verdict(fixed, last)]).toEqual(['affected', 'not-affected'])
        expect([verdict(closed, first), verdict(closed, last)]).toEqual(['affected', 'affected'])
      }),
    )
  })

  test('that begins at 0 covers everything before its end, pre-releases of 0 too', () => {
    fc.assert(
      fc.property(versions, (sorted) => {
        const last = sorted.at(-1)!
        const ranges = [range(['introduced', '0'], ['fixed', last])]
        for (const version of [...sorted.slice(0, -1), '0', '0.dev1', '0a1']) {
          expect(verdict(ranges, version)).toBe('affected')
        }
        expect(verdict(ranges, last)).toBe('not-affected')
      }),
    )
  })

  test('as bounds means what it means as events', () => {
    fc.assert(
      fc.property(versions, fc.boolean(), (sorted, isInclusive) => {
        const [first, last] = [sorted[0]!, sorted.at(-1)!]
        const bounds: VersionRange = {
          form: 'bounds',
          scheme: 'ecosystem',
          from: { version: first, isInclusive: true },
          to: { version: last, isInclusive },
          isUnspecified: false,
        }
        const events = range(['introduced', first], [isInclusive ? 'lastAffected' : 'fixed', last])
        for (const version of sorted) expect(verdict([bounds], version)).toBe(verdict([events], version))
      }),
    )
  })
})
