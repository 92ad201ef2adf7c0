/** What came of a finding. */
export interface Outcome {
  /** `aside`: nothing can bring it back but people; it does no harm now. `left`: nothing was done. */
  readonly outcome: 'repaired' | 'aside' | 'left'
  readonly message: string
}

export const repaired = (message: string): Outcome => ({ outcome: 'repaired', message })
export const aside = (message: string): Outcome => ({ outcome: 'aside', message })
export const left = (message: string): Outcome => ({ outcome: 'left', message })
