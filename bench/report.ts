/** A benchmark as text, and its section of docs/BENCHMARKS.md. */
import type { BenchTable } from './bench.ts'

export function renderTables(tables: readonly BenchTable[]): string {
  return tables
    .map(({ title, columns, rows, notes = [] }) => {
      const lines = [columns, columns.map((_, i) => (i === 0 ? '---' : '--:')), ...rows]
      const table = lines.map((cells) => `| ${cells.map(escapeCell).join(' | ')} |`).join('\n')
      return [`### ${title}`, table, ...notes].join('\n\n')
    })
    .join('\n\n')
}

const escapeCell = (text: string): string => text.replaceAll('|', '\\|')

/**
 * The page with the section of this name replaced, or added at the end. Marks in comments say where a section
 * begins and ends, so that the words around it are everybody's to write.
 */
export function withSection(page: string, name: string, title: string, body: string): string {
  const [from, to] = [`<!-- bench ${name} -->`, `<!-- end of bench ${name} -->`]
  const section = `${from}\n\n${body.trim()}\n\n${to}`
  const [start, end] = [page.indexOf(from), page.indexOf(to)]
  if (start >= 0 && end > start) return page.slice(0, start) + section + page.slice(end + to.length)
  return `${page.trimEnd()}\n\n## ${title}\n\n${section}\n`
}
