/**
 * Bytes that a check of the storage found damaged: what every explanation says of them. A mark explains and never
 * refuses; whether bytes are right is found out by reading them, each time they are asked for while there is a mark.
 */
import { z } from 'zod'
import { AppError } from '../vocabulary/errors.ts'

/** `found`: nothing was done yet. `aside`: somebody has to upload it again. `awaited`: it comes from its mirror. */
export const damageStates = ['found', 'aside', 'awaited'] as const
export type DamageState = (typeof damageStates)[number]

export interface Damage {
  readonly sha256: string
  /** Of the finding. */
  readonly code: 'package-corrupt' | 'package-missing'
  /** What was found, in words. */
  readonly found: string
  readonly foundAt: Date
  readonly state: DamageState
  /** What was done, in words. */
  readonly action: string | null
  readonly actedAt: Date | null
}

const waysOut: Readonly<Record<DamageState, string>> = {
  found:
    'An operator repairs the storage (`terrarium doctor --deep --repair`), or somebody uploads the same file again',
  aside: 'Upload the same file again',
  awaited: 'Ask for the file, or run its mirror: the bytes come again from the upstream',
}

/** `Its bytes here are damaged (found 2026-11-25): the blob … . Done: … . Way out: upload the same file again.` */
export function describeDamage({ code, found, foundAt, state, action }: Damage): string {
  const what = code === 'package-missing' ? 'are missing' : 'are damaged'
  return [
    `Its bytes here ${what} (found ${foundAt.toISOString().slice(0, 10)}): ${found}.`,
    ...(action === null ? [] : [`Done: ${action}.`]),
    `Way out: ${waysOut[state]}.`,
  ].join(' ')
}

export const damageBody = z
  .object({
    found: z.string().describe('What is wrong with the bytes'),
    found_at: z.string(),
    state: z
      .enum(damageStates)
      .describe('`aside`: it has to be uploaded again; `awaited`: it comes again from its mirror'),
    action: z.string().nullable().describe('What was done'),
    acted_at: z.string().nullable(),
    way_out: z.string(),
  })
  .describe('Only of a file whose bytes a check of the storage found damaged')

export function toDamageBody(damage: Damage): z.output<typeof damageBody> {
  return {
    found: damage.found,
    found_at: damage.foundAt.toISOString(),
    state: damage.state,
    action: damage.action,
    acted_at: damage.actedAt?.toISOString() ?? null,
    way_out: waysOut[damage.state],
  }
}

/** What a client is told who asks for such bytes. @param path `channel/subdir/filename` */
export function damagedPackage(path: string, damage: Damage): AppError {
  return new AppError('package-damaged', `${path} cannot be had. ${describeDamage(damage)}`, {
    details: { damage: toDamageBody(damage) },
  })
}
