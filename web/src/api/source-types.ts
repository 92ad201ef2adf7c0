/** Sources of advisories and what they brought, in the shapes of the REST interface. */
export interface Source {
  readonly source_id: string
  readonly name: string
  readonly kind: string
  /** Null: only from the watched folder, or the asker may not see it. */
  readonly address: string | null
  readonly file_pattern: string
  readonly licence: string
  readonly paused: boolean
  readonly next_refresh_at: string | null
  readonly attempted_at: string | null
  readonly current_at: string | null
  readonly age: 'fresh' | 'aging' | 'old' | 'stale' | 'never'
  readonly result: 'applied' | 'unchanged' | 'held' | 'failed' | null
  readonly message: string | null
  readonly held_import_id: string | null
}

export interface AdvisoryImport {
  readonly import_id: string
  readonly source: string
  readonly filename: string
  readonly state: 'staging' | 'held' | 'active' | 'rolled_back' | 'discarded'
  readonly imported_at: string
  readonly records: number
  readonly new: number
  readonly changed: number
  readonly skipped: number
  readonly findings: readonly { readonly code: string; readonly message: string }[]
  readonly effects: Readonly<Record<string, number>>
}
