/** The licence condition. Records repeat a few hundred licence texts, so each text is judged once. */
import { readLicence } from '@terrarium/conda/licence/read-licence.ts'
import type { LicenceReading } from '@terrarium/conda/licence/read-licence.ts'
import type { CompiledCondition } from './compiled-condition.ts'
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
  const remembered = new Map<string, boolean>()
  return {
    test: ({ facts }) => {
      const key = `${facts.licence ?? ''}\n${facts.licenceFamily ?? ''}`
      const known = remembered.get(key)
      if (known !== undefined) return known
      if (remembered.size >= maxRemembered) remembered.clear()
      const outcome = applies(read(facts), listed)
      remembered.set(key, outcome)
      return outcome
    },
    explain: ({ facts }, outcome) => {
      const reading = read(facts)
      const decisive = kind === 'in' && outcome ? listed.filter((one) => applies(reading, [one])) : []
      return [
        {
          kind: 'licence',
          licence: facts.licence,
          known: reading.known,
          families: reading.families,
          test: kind,
          listed: decisive.length > 0 ? decisive : listed,
          applies: outcome,
          why: reading.why,
          ...(reading.expression === undefined ? {} : { expression: reading.expression }),
        },
      ]
    },
  }
}

function read(facts: ArtifactFacts): LicenceReading {
  return readLicence(facts.licence, facts.licenceFamily)
}
