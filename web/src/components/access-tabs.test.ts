import { expect, test } from 'vitest'
import { accessTabs } from './access-tabs.ts'

const labels = (held: Parameters<typeof accessTabs>[0]): string[] =>
  accessTabs(held).map(({ label }) => label)

test('people are led where they may go, and nowhere while that is not known', () => {
  expect(labels(undefined)).toEqual([])
  expect(
    labels(
      new Map([
        ['user', 'read'],
        ['group', 'manage'],
      ]),
    ),
  ).toEqual(['People', 'Groups'])
  expect(labels(new Map([['audit-logs', 'read']]))).toEqual(['Audit log'])
  expect(labels(new Map([['user', 'manage']]))).toEqual(['People', 'Invitations'])
})
