import type { ReactNode } from 'react'
import type { Privacy } from '../api/types.ts'
import { Tag } from '../ui/Tag.tsx'
import { privacyWords } from './privacy.ts'

export function PrivacyTag({ privacy }: { readonly privacy: Privacy }): ReactNode {
  const { word, meaning, tone } = privacyWords[privacy]
  return (
    <Tag tone={tone} title={meaning}>
      {word}
    </Tag>
  )
}
