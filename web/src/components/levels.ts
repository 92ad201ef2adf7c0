import type { Level, ShareLevel } from '../api/access-types.ts'
import type { Tone } from '../ui/tone.ts'

/** Levels of a share, as a choice. */
export const shareLevels: readonly { readonly value: ShareLevel; readonly label: string }[] = [
  { value: 'read', label: 'read' },
  { value: 'write', label: 'write: read and add' },
  { value: 'manage', label: 'manage: change and remove too' },
]

export const levelTones: Readonly<Record<Level, Tone>> = {
  none: 'none',
  read: 'muted',
  write: 'notice',
  manage: 'wait',
}
