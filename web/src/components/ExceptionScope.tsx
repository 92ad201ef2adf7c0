/** How the interface speaks of exceptions: what they are for, and where they stand. */
import type { ReactNode } from 'react'
import type { ExceptionState, PolicyException } from '../api/types.ts'
import { Tag } from '../ui/Tag.tsx'
import type { Tone } from '../ui/tone.ts'

const wordings: Record<ExceptionState, { readonly word: string; readonly tone: Tone }> = {
  requested: { word: 'Waits for a decision', tone: 'wait' },
  approved: { word: 'In force', tone: 'notice' },
  refused: { word: 'Refused', tone: 'bad' },
  withdrawn: { word: 'Withdrawn', tone: 'muted' },
  revoked: { word: 'Revoked', tone: 'bad' },
  expired: { word: 'Over', tone: 'muted' },
  fixed: { word: 'No longer needed', tone: 'good' },
}

export function stateWord(state: ExceptionState): string {
  return wordings[state].word
}

export function ExceptionTag({ state }: { readonly state: ExceptionState }): ReactNode {
  const { word, tone } = wordings[state]
  return <Tag tone={tone}>{word}</Tag>
}

const SHOWN_FILES = 3

/** `2 files`, by name where they are few; a package; or every package. */
export function scopeText({ files, package: spec }: Pick<PolicyException, 'files' | 'package'>): string {
  if (files) {
    const rest = files.length - SHOWN_FILES
    return files.slice(0, SHOWN_FILES).join(', ') + (rest > 0 ? ` and ${rest} more` : '')
  }
  return spec ?? 'every package'
}
