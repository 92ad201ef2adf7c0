import type { ReactNode } from 'react'
import { Tag } from '../ui/Tag.tsx'
import type { Tone } from '../ui/tone.ts'

const tones: Readonly<Record<string, Tone>> = {
  critical: 'bad',
  high: 'bad',
  medium: 'notice',
  low: 'muted',
  none: 'none',
}

interface SeverityTagProps {
  readonly score?: number | null | undefined
  readonly severity?: string | null | undefined
}

/** The word of the severity with its score; an advisory may have either, both or none. */
export function SeverityTag({ score, severity }: SeverityTagProps): ReactNode {
  const word = severity?.toLowerCase() ?? ''
  const text = [word === '' && typeof score !== 'number' ? 'not scored' : word, score?.toFixed(1) ?? '']
  return <Tag tone={tones[word] ?? 'none'}>{text.filter((part) => part !== '').join(' ')}</Tag>
}
