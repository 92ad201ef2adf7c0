/** What a condition is once compiled, whatever it looks at. */
import type { Evidence } from './evidence.ts'
import type { ArtifactFacts, VulnerabilityFact } from './facts.ts'

/** What a condition is asked about. */
export interface World {
  readonly facts: ArtifactFacts
  readonly nowMs: number
  /** Nobody will read the evidence. */
  readonly brief?: boolean
  /** The vulnerabilities without those an exception takes away. */
  readonly counted: readonly VulnerabilityFact[]
}

export interface CompiledCondition {
  test(world: World): boolean
  /** The facts behind `outcome`, which is what `test` returned for this world. */
  explain(world: World, outcome: boolean): Evidence[]
  /** The next instant at which `test` may answer differently; absent when time plays no part. */
  readonly changesAt?: (world: World) => number | undefined
}
