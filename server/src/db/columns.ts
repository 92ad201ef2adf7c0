/** Column kinds, named once, so that every migration spells the one SQL subset both engines share. */
import type { ColumnDefinitionBuilder, CreateTableBuilder } from 'kysely'

/** Milliseconds since 1970. */
export const instant = 'bigint'
export const bytes = 'bigint'
/** 0 or 1. */
export const flag = 'integer'
export const count = 'integer'
/** JSON kept as text: no engine's own JSON type. */
export const json = 'text'
export const text = 'text'

export const required = (column: ColumnDefinitionBuilder): ColumnDefinitionBuilder => column.notNull()
export const key = (column: ColumnDefinitionBuilder): ColumnDefinitionBuilder => column.primaryKey().notNull()

export type Table<Name extends string, Columns extends string = never> = CreateTableBuilder<Name, Columns>
