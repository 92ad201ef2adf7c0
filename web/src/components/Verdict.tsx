/** How the interface speaks of what the policies say of a file: one word, one mark and one tone for each. */
import type { ReactNode } from 'react'
import { effects, type Effect, type PackageFile, type Reason } from '../api/types.ts'
import type { IconName } from '../ui/icons.tsx'
import { StackedBar, type BarPart } from '../ui/StackedBar.tsx'
import { Tag } from '../ui/Tag.tsx'
import type { Tone } from '../ui/tone.ts'
import classes from './Verdict.module.css'

interface Wording {
  readonly word: string
  readonly meaning: string
  readonly icon: IconName
  readonly tone: Tone
}

export const wordings = {
  allow: { word: 'Allowed', meaning: 'Clients get it.', icon: 'check', tone: 'good' },
  warn: {
    word: 'Warning',
    meaning: 'Clients get it; a policy has something to say.',
    icon: 'alert',
    tone: 'notice',
  },
  hide: {
    word: 'Hidden',
    meaning: 'Left out of the index, so that solvers choose something else; lock files still get it.',
    icon: 'eyeOff',
    tone: 'muted',
  },
  hold: {
    word: 'On hold',
    meaning: 'Kept from clients until its time has come.',
    icon: 'clock',
    tone: 'wait',
  },
  deny: { word: 'Blocked', meaning: 'Kept from clients, also from lock files.', icon: 'stop', tone: 'bad' },
  pending: {
    word: 'Pending',
    meaning: 'Not decided yet; the next publish does.',
    icon: 'dots',
    tone: 'none',
  },
} satisfies Record<Effect, Wording>

export function VerdictTag({ effect }: { readonly effect: Effect }): ReactNode {
  const { word, meaning, icon, tone } = wordings[effect] ?? wordings.pending
  return (
    <Tag tone={tone} icon={icon} title={meaning}>
      {word}
    </Tag>
  )
}

export function countVerdicts(files: readonly Pick<PackageFile, 'effect'>[]): BarPart[] {
  return effects.map((effect) => ({
    label: wordings[effect].word.toLowerCase(),
    count: files.filter((file) => file.effect === effect).length,
    tone: wordings[effect].tone,
  }))
}

/** What of a whole is kept from clients, where only the two numbers are known. */
export function KeptBackBar(props: {
  readonly all: number
  readonly blocked: number
  readonly withLegend?: boolean
}): ReactNode {
  const parts: BarPart[] = [
    { label: 'offered to clients', count: props.all - props.blocked, tone: 'good' },
    { label: 'kept back by policies', count: props.blocked, tone: 'bad' },
  ]
  return <StackedBar parts={parts} withLegend={props.withLegend ?? false} />
}

const SHOWN_REASONS = 3

export function Reasons({ reasons }: { readonly reasons: readonly Reason[] }): ReactNode {
  if (reasons.length === 0) return null
  const rest = reasons.slice(SHOWN_REASONS)
  return (
    <div className={classes.reasons}>
      <ReasonList reasons={reasons.slice(0, SHOWN_REASONS)} />
      {rest.length > 0 && (
        <details>
          <summary>
            {rest.length} more {rest.length === 1 ? 'reason' : 'reasons'}
          </summary>
          <ReasonList reasons={rest} />
        </details>
      )}
    </div>
  )
}

function ReasonList({ reasons }: { readonly reasons: readonly Reason[] }): ReactNode {
  return (
    <ul className={classes.list}>
      {reasons.map((reason) => (
        <li key={`${reason.policy}/${reason.rule}/${reason.text}`}>
          {reason.text}{' '}
          <span className={classes.source}>
            {reason.policy}, rule {reason.rule}
          </span>
        </li>
      ))}
    </ul>
  )
}
