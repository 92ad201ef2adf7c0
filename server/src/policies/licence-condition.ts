/** The licence condition. Records repeat a few hundred licence texts, so each text is judged once. */
import { readLicence } from '@terrarium/conda/licence/read-licence.ts'
import type { LicenceReading } from '@terrarium/conda/licence/read-licence.ts'
import type { CompiledCondition } from './compiled-condition.ts'
import type { Evidence } from './evidence.ts'
import type { ArtifactFacts } from './facts.ts'
import { isEnough, isUnavoidable, parseLicenceTerms } from './licence-terms.ts'
import type { LicenceCondition } from './policy.ts'

/** There are some 600 texts in a million real records; a hostile channel may have one for each. */
const maxRemembered = 20_000

export function compileLicenceCondition(condition: LicenceCondition): CompiledCondition {
  const { licences: listed, test: kind } = condition
  const applies = (reading: LicenceReading, among: readonly string[]): boolean => {
    const terms = parseLicenceTerms(among)
    return kind === 'in' ? isUnavoidable(reading, terms) : !isEnough(reading, terms)
  }
  const explain = (facts: ArtifactFacts, outcome: boolean): Evidence => {
    const reading = read(facts)
    const decisive = kind === 'in' && outcome ? listed.filter((one) => applies(reading, [one])) : []
    return {
      kind: 'licence',
      licence: facts.licence,
      known: reading.known,
      families: reading.families,
      test: kind,
      listed: decisive.length > 0 ? decisive : listed,
      applies: outcome,
      why: reading.why,
      ...(reading.expression === undefined ? {} : { expression: reading.expression }),
    }
  }
  const outcomes = new Map<string, boolean>()
  const evidence = new Map<string, Evidence>()
  return {
    test: ({ facts }) => remember(outcomes, keyOf(facts), () => applies(read(facts), listed)),
    explain: ({ facts }, outcome) => [
      remember(evidence, `${keyOf(facts)}\n${outcome}`, () => explain(facts, outcome)),
    ],
  }
}

/** No licence and an empty one are told differently. */
function keyOf({ licence, licenceFamily }: ArtifactFacts): string {
  return `${licence === null ? '-' : `=${licence}`}\n${licenceFamily ?? ''}`
}

function remember<Value>(memory: Map<string, Value>, key: string, make: () => Value): Value {
  const known = memory.get(key)
  if (known !== undefined) return known
  if (memory.size >= maxRemembered) memory.clear()
  const made = make()
  memory.set(key, made)
  return made
}

function read(facts: ArtifactFacts): LicenceReading {
  return readLicence(facts.licence, facts.licenceFamily)
}
