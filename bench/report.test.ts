import { expect, test } from 'vitest'
import { figure } from './bench.ts'
import { renderTables, withSection } from './report.ts'

test('a table is Markdown, with its notes below', () => {
  const table = { title: 'Speed', columns: ['what', 'per s'], rows: [['a|b', '12']], notes: ['On one core.'] }
  expect(renderTables([table])).toBe(
    '### Speed\n\n| what | per s |\n| --- | --: |\n| a\\|b | 12 |\n\nOn one core.',
  )
})

test('a section is added, then replaced, and the words around it stay', () => {
  const first = withSection('# Benchmarks\n', 'conda', 'Conda', 'old')
  expect(first).toBe(
    '# Benchmarks\n\n## Conda\n\n<!-- bench conda -->\n\nold\n\n<!-- end of bench conda -->\n',
  )
  const both = withSection(first.replace('## Conda\n', '## Conda\n\nWords.\n'), 'world', 'World', 'w')
  const again = withSection(both, 'conda', 'Conda', 'new')
  expect(again).toBe(both.replace('old', 'new'))
  expect(again).toContain('Words.')
})

test.each([
  [0, '0'],
  [0.01234, '0.0123'],
  [1.004, '1.00'],
  [12.345, '12.3'],
  [999.6, '1,000'],
  [1234567, '1,234,567'],
  [Infinity, '–'],
])('%d is shown as %s', (value, shown) => expect(figure(value)).toBe(shown))
