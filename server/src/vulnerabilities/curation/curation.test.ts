import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  covers,
  decideStatus,
  foldCuration,
  heldAt,
  needsSecondApprover,
  rankCurations,
  scopeText,
  wholePackage,
  type Curation,
  type CurationContent,
  type CurationEvent,
  type CurationScope,
  type CuratedFile,
} from './curation.ts'

const file: CuratedFile = {
  name: 'openssl',
  version: '1.1.1k',
  build: 'h27cfd23_1',
  buildNumber: 1,
  subdir: 'linux-64',
  channel: 'main',
  sha256: 'a'.repeat(64),
}
const CVE = 'CVE-2021-3711'

function scope(over: Partial<CurationScope> = {}): CurationScope {
  return { condaName: 'openssl', ...wholePackage, ...over }
}

function content(over: Partial<CurationContent> = {}): CurationContent {
  return {
    vulnerabilityId: 'CVE-2021-3711',
    scope: scope(),
    status: 'cleared',
    source: 'person',
    author: 'ann',
    reason: 'not built',
    justification: null,
    links: [],
    origin: null,
    expiresMs: null,
    needsSecond: false,
    ...over,
  }
}

let made = 0
function inForce(over: Partial<CurationContent> = {}, byPerson = over.source === undefined): Curation {
  made += 1
  return foldCuration(`c${made}`, [
    { kind: 'proposed', content: content(over), atMs: made, actorId: 'u1' },
    { kind: 'took_effect', note: null, byPerson, atMs: made, actorId: 'u1' },
  ])
}

describe('a scope', () => {
  test.each<[string, Partial<CurationScope>, boolean]>([
    ['the whole package', {}, true],
    ['another package', { condaName: 'openssh' }, false],
    ['the version', { version: '1.1.1k' }, true],
    ['another version', { version: '1.1.1' }, false],
    ['builds from this one', { version: '1.1.1k', buildFrom: 1 }, true],
    ['builds from the next', { version: '1.1.1k', buildFrom: 2 }, false],
    ['builds up to this one', { version: '1.1.1k', buildTo: 1 }, true],
    ['builds up to the last', { version: '1.1.1k', buildTo: 0 }, false],
    ['the build string', { version: '1.1.1k', build: 'h27cfd23_1' }, true],
    ['another build string', { version: '1.1.1k', build: 'h27cfd23_0' }, false],
    ['the subdir', { subdir: 'linux-64' }, true],
    ['another subdir', { subdir: 'noarch' }, false],
    ['another channel', { channel: 'dev' }, false],
    ['these bytes', { sha256: 'a'.repeat(64) }, true],
    ['other bytes', { sha256: 'b'.repeat(64) }, false],
  ])('of %s covers the file or does not', (_name, over, expected) => {
    expect(covers(scope(over), file)).toBe(expected)
  })

  test('is told in words', () => {
    expect(scopeText(scope({ version: '1.1.1k', buildFrom: 1, subdir: 'linux-64', channel: 'main' }))).toBe(
      'openssl 1.1.1k, builds 1 and up, linux-64, in main',
    )
  })
})

describe('whose word counts', () => {
  const order: readonly (readonly [string, Curation])[] = [
    ['a person of the file', inForce({ status: 'mitigated', scope: scope({ sha256: file.sha256 }) })],
    ['a person of builds', inForce({ status: 'active', scope: scope({ version: '1.1.1k', buildFrom: 1 }) })],
    ['a person of the package', inForce({ status: 'cleared' })],
    ['a feed', inForce({ source: 'feed', status: 'mitigated', scope: scope({ sha256: file.sha256 }) })],
    ['the builder', inForce({ source: 'builder', status: 'active', scope: scope({ sha256: file.sha256 }) })],
    ['a vendor', inForce({ source: 'vex', status: 'disputed' })],
  ]

  test.each(order.map(([name], index) => [name, index] as const))('%s before all below', (_name, index) => {
    const below = order.slice(index).map(([, curation]) => curation)
    const ranked = rankCurations([...below].reverse(), CVE, file)
    expect(ranked.map(({ id }) => id)).toEqual(below.map(({ id }) => id))
  })

  test("the package's own word stands between a feed and a vendor", () => {
    const vendor = rankCurations([inForce({ source: 'vex', status: 'disputed' })], CVE, file)
    expect(decideStatus(vendor, 'mitigated', false)).toMatchObject({ status: 'mitigated', basis: 'builder' })
    const feed = rankCurations([inForce({ source: 'feed', status: 'cleared' })], CVE, file)
    expect(decideStatus(feed, 'mitigated', false)).toMatchObject({ status: 'cleared', basis: 'feed' })
  })

  test('a statement of a vendor that a person agreed to is the word of a person', () => {
    const agreed = inForce({ source: 'vex', status: 'cleared' }, true)
    expect(decideStatus([agreed], undefined, false)).toMatchObject({ status: 'cleared', basis: 'person' })
  })

  test('without anybody, a machine reports, and an advisory may call it disputed', () => {
    expect(decideStatus([], undefined, false)).toMatchObject({ status: 'reported', basis: 'automatic' })
    expect(decideStatus([], undefined, true)).toMatchObject({ status: 'disputed', basis: 'advisory' })
  })

  test('the newest of equals counts', () => {
    const [old, young] = [inForce({ status: 'cleared' }), inForce({ status: 'active' })]
    expect(rankCurations([old, young], CVE, file)[0]).toBe(young)
  })
})

describe('a second approver', () => {
  test.each([
    ['cleared', 9.8, false, true],
    ['mitigated', 9, false, true],
    ['disputed', 9.1, false, true],
    ['cleared', 8.9, false, false],
    ['cleared', 3, true, true],
    ['cleared', null, false, false],
    ['active', 10, true, false],
    ['reported', 10, true, false],
  ] as const)('%s at %s, exploited: %s → %s', (status, score, kev, expected) => {
    expect(needsSecondApprover(status, { score, kev }, 9)).toBe(expected)
  })
})

test('what held at any instant is what the events up to then say', () => {
  const step = fc.record({
    gap: fc.integer({ min: 1, max: 5 }),
    kind: fc.constantFrom('took_effect', 'ended', 'replaced', 'expired'),
  })
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 2 }),
      fc.option(fc.integer({ min: 1, max: 12 })),
      (steps, expiresMs) => {
        const events: CurationEvent[] = [
          { kind: 'proposed', content: content({ expiresMs }), atMs: 0, actorId: 'u1' },
        ]
        let atMs = 0
        // in force first, then its end: nothing ends that did not begin
        for (const [index, { gap, kind }] of steps.entries()) {
          atMs += gap
          if (index === 0) {
            events.push({ kind: 'took_effect', note: null, byPerson: true, atMs, actorId: 'u2' })
          } else if (kind === 'replaced') events.push({ kind, by: 'x', atMs, actorId: 'u2' })
          else if (kind === 'expired') events.push({ kind, atMs, actorId: null })
          else events.push({ kind: 'ended', note: 'n', atMs, actorId: 'u2' })
        }
        const now = foldCuration('c', events)
        for (let day = 0; day <= 14; day += 1) {
          const then = foldCuration(
            'c',
            events.filter((event) => event.atMs <= day),
          )
          const isOver = expiresMs !== null && expiresMs <= day
          expect(heldAt(now, day)).toBe(then.state === 'in_force' && !isOver)
        }
      },
    ),
  )
})
