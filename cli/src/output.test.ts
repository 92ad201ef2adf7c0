import { expect, test } from 'vitest'
import { renderTable } from './output.ts'

test('a table has room for every file of a large channel', () => {
  const rows = Array.from({ length: 300_000 }, (_, index) => ({ name: `file-${index}` }))
  const table = renderTable(rows, [{ title: 'file', value: ({ name }) => name }], Infinity)
  expect(table.split('\n')).toHaveLength(300_002)
})
