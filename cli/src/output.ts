/** How results are printed: tables for people, the API's own shape with --json. Results go to stdout. */

export interface Column<Row> {
  readonly title: string
  readonly value: (row: Row) => string | number | null | undefined
  /** Numbers stand to the right. */
  readonly align?: 'left' | 'right'
  /** Longer texts are cut with an ellipsis, when the terminal is narrow. */
  readonly shrink?: boolean
}

/** A table with a line under its head; columns marked `shrink` give way to fit `width`. */
export function renderTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  width: number,
): string {
  const cells = rows.map((row) => columns.map((column) => String(column.value(row) ?? '')))
  // not Math.max of all at once, which has no room for a hundred thousand
  const widths = columns.map((column, index) =>
    cells.reduce((widest, line) => Math.max(widest, line[index]?.length ?? 0), column.title.length),
  )
  shrink(widths, columns, width)
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, index) => fit(text, widths[index] ?? 0, columns[index]?.align ?? 'left'))
      .join('  ')
      .trimEnd()
  const head = line(columns.map(({ title }) => title))
  const rule = line(widths.map((size) => '─'.repeat(size)))
  return [head, rule, ...cells.map(line)].join('\n')
}

const NARROWEST = 12

function shrink<Row>(widths: number[], columns: readonly Column<Row>[], width: number): void {
  let excess = widths.reduce((sum, size) => sum + size + 2, -2) - width
  for (let index = widths.length - 1; index >= 0 && excess > 0; index -= 1) {
    if (!columns[index]?.shrink) continue
    const size = widths[index]! // one width a column
    const take = Math.min(excess, Math.max(0, size - NARROWEST))
    widths[index] = size - take
    excess -= take
  }
}

function fit(text: string, size: number, align: 'left' | 'right'): string {
  const cut = text.length > size ? `${text.slice(0, Math.max(0, size - 1))}…` : text
  return align === 'right' ? cut.padStart(size) : cut.padEnd(size)
}

/** As wide as the terminal; whole where there is none, for whoever searches in it. */
export function printTable<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): void {
  const width = process.stdout.isTTY ? process.stdout.columns : Infinity
  process.stdout.write(`${renderTable(rows, columns, width)}\n`)
}

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`)
}

/** A line for people that is no result. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`)
}

export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let value = bytes
  let unit = 0
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000
    unit += 1
  }
  return `${unit === 0 ? value : value.toFixed(value < 10 ? 1 : 0)} ${units[unit]!}`
}

export function formatSeconds(seconds: number): string {
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`
}
