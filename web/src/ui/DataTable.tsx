/**
 * A table that turns into a list of cards where the window is narrow. The roles are written out because a
 * browser forgets that a table is one as soon as its cells are laid out in another way.
 */
import type { ReactNode } from 'react'
import classes from './DataTable.module.css'

export interface Column<Row> {
  readonly label: string
  readonly render: (row: Row) => ReactNode
  /** Names the row for screen readers; on a narrow window it heads the card. One column has it. */
  readonly isRowHeader?: boolean
  readonly isNumber?: boolean
  /** Stays on one line. */
  readonly isShort?: boolean
  /** Takes what room is left. */
  readonly isWide?: boolean
}

interface DataTableProps<Row> {
  /** What the table holds, for screen readers. */
  readonly caption: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly rowKey: (row: Row) => string
}

export function DataTable<Row>({ caption, columns, rows, rowKey }: DataTableProps<Row>): ReactNode {
  return (
    <div className={classes.frame}>
      <table role="table" className={classes.table} aria-label={caption}>
        <thead role="rowgroup" className={classes.head}>
          <tr role="row">
            {columns.map((column) => (
              <th role="columnheader" key={column.label} scope="col" className={cellClass(column)}>
                {column.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows.map((row) => (
            <tr role="row" key={rowKey(row)} className={classes.row}>
              {columns.map((column) => (
                <Cell key={column.label} column={column} row={row} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Cell<Row>({ column, row }: { readonly column: Column<Row>; readonly row: Row }): ReactNode {
  if (column.isRowHeader) {
    return (
      <th role="rowheader" scope="row" className={`${cellClass(column)} ${classes.rowHeader ?? ''}`}>
        {column.render(row)}
      </th>
    )
  }
  return (
    <td role="cell" className={cellClass(column)}>
      <span className={classes.label} aria-hidden="true">
        {column.label}
      </span>
      <div className={classes.value}>{column.render(row)}</div>
    </td>
  )
}

function cellClass<Row>({ isNumber, isShort, isWide }: Column<Row>): string {
  const kinds = [isNumber && classes.number, isShort && classes.short, isWide && classes.wide]
  return [classes.cell, ...kinds].filter(Boolean).join(' ')
}
