import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Finding } from './finding.ts'
import { FindingLog } from './finding-log.ts'

let log: FindingLog
beforeEach(() => {
  log = new FindingLog()
})
afterEach(() => log.close())

const missing = (number: number): Finding => ({
  code: 'package-missing',
  where: `main/noarch/a-${number}-0.conda`,
  message: `the bytes ${String(number).padStart(64, '0')} are not there`,
  place: { sha256: String(number).padStart(64, '0') },
})
const stray: Finding = { code: 'stray-file', where: 'blobs/x', message: 'no part of Terrarium puts it here' }

test('fifty thousand findings take little memory, and come in their order', () => {
  const count = 50_000
  const before = process.memoryUsage.rss()
  for (let number = 0; number < count; number += 1) log.add(missing(number))
  let next = 0
  for (const { finding } of log) {
    if (finding.where !== missing(next).where) throw new Error(`${finding.where} is not number ${next}`)
    next += 1
  }
  expect(next).toBe(count)
  expect(process.memoryUsage.rss() - before).toBeLessThan(60 * 2 ** 20)
})

test('what a further look does not find is forgotten, and what it says now counts', () => {
  for (const finding of [missing(1), missing(2), stray]) log.add(finding)
  log.seeAgain({ ...missing(2), message: 'still' }, 2)
  log.keepSeen(2, ({ code }) => code !== 'stray-file')
  expect([...log].map(({ finding }) => finding.message)).toEqual(['still', stray.message])
})

test('a thing is there once with what was done last, and is put aside under any code', () => {
  log.put(missing(1), { outcome: 'left', message: 'not yet' })
  log.put(missing(1), { outcome: 'aside', message: 'upload it again' })
  log.put(stray, { outcome: 'repaired', message: 'it is in quarantine/x now' })
  expect([log.count(), log.count('aside'), log.kinds()]).toEqual([2, 1, ['missing']])
  expect(log.repairOf(missing(1))).toBe('upload it again')
  expect(log.isAside({ ...missing(1), code: 'package-corrupt', where: 'elsewhere' })).toBe(true)
  expect(log.isAside(missing(2))).toBe(false)
})
