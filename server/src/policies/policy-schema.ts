/**
 * The shape of a policy document: what an officer may write, field by field, with the words that editors
 * show. It is the only description of the language's shape: reading, the types and the published JSON
 * Schema all come from here. What the fields mean when they meet is docs/POLICIES.md.
 */
import { z } from 'zod'
import { duration, probability, score, size } from './comparison.ts'
import type { Unit } from './comparison.ts'
import { flagFacts, originKinds, scoreSources, severities, vulnerabilityStatuses } from './facts.ts'
import type { FlagFact } from './facts.ts'
import { hasNamePattern } from './package-specs.ts'
import { ruleEffects } from './policy.ts'
import {
  comparison,
  cveId,
  dateOrInstant,
  exclusiveEnd,
  filePath,
  identifier,
  licenceTerm,
  matchSpec,
  parseInstant,
  platform,
  quantity,
  scoreOrId,
  words,
} from './schema-values.ts'
import { fields } from './zod-faults.ts'

const maxConditions = 200
const maxListed = 5000
const maxPatterns = 100

/** Exact names cost nothing however many there are; each pattern is tried on every package. */
const specList = z
  .array(matchSpec)
  .min(1, 'is an empty list')
  .max(maxListed)
  .refine((specs) => specs.filter(hasNamePattern).length <= maxPatterns, {
    error: `has more than ${maxPatterns} specs with a pattern for a name`,
  })

/** One value, several, or one of the two tests on several. */
function listTest<Item extends z.ZodType>(
  item: Item,
  many: string,
  several = z.array(item).min(1, 'is an empty list').max(maxListed),
) {
  return z.union([
    item,
    several,
    fields({
      in: z.union([item, several]).optional().describe(`Any of these ${many}.`),
      not_in: z.union([item, several]).optional().describe(`None of these ${many}.`),
    }).refine((test) => (test.in === undefined) !== (test.not_in === undefined), {
      error: 'needs exactly one of in, not_in',
    }),
  ])
}

function oneOrMore<Item extends z.ZodType>(item: Item) {
  return z.union([item, z.array(item).min(1, 'is an empty list').max(maxListed)])
}

function bounds<Value extends z.ZodType>(value: Value, unit: Unit) {
  return z.union([
    comparison(unit),
    fields({
      at_least: value.optional().describe('>='),
      above: value.optional().describe('>'),
      at_most: value.optional().describe('<='),
      below: value.optional().describe('<'),
    }).refine((given) => Object.values(given).some((one) => one !== undefined), {
      error: 'needs at least one of at_least, above, at_most, below',
    }),
  ])
}

const cveFields = fields({
  score: bounds(z.number().min(0).max(10), score).optional().describe('CVSS score, 0 to 10.'),
  severity: z
    .union([
      oneOrMore(z.enum(severities)),
      fields({ at_least: z.enum(['low', 'medium', 'high', 'critical']) }),
    ])
    .optional()
    .describe('Severity of the CVE.'),
  unscored: z
    .boolean()
    .optional()
    .describe('true: a CVE nobody has scored counts too; on its own: only those. false: never those.'),
  status: oneOrMore(z.enum(vulnerabilityStatuses))
    .optional()
    .describe('What curators said of the CVE in this file. Without it: reported, active and disputed.'),
  ids: oneOrMore(cveId).optional().describe('Only these CVEs; other names (aliases) of a CVE count.'),
  fixed: z.boolean().optional().describe('true: a fixed version is known. false: none is.'),
  fixed_here: z
    .boolean()
    .optional()
    .describe('true: this channel has a newer version that the CVE does not concern. false: it has none.'),
  kev: z.boolean().optional().describe('true: it is known to be exploited (CISA KEV). false: it is not.'),
  epss: bounds(z.number().min(0).max(1), probability)
    .optional()
    .describe('Probability that it is exploited within 30 days (EPSS). A CVE without one never passes.'),
  age: bounds(quantity(duration), duration)
    .optional()
    .describe('Time since it was published. A CVE without a date never passes.'),
  source: z
    .enum([...scoreSources, 'maximum'])
    .optional()
    .describe('Whose score and severity count. maximum: the highest of all. Without it: the preferred one.'),
  min_confidence: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe('How sure the match of package and CVE has to be, 0 to 1. Without it: 0.8.'),
  indeterminate: z
    .union([z.boolean(), z.literal('only')])
    .optional()
    .describe(
      'true: versions that can be placed neither inside nor outside the affected range count too. only: no others.',
    ),
})

const originFields = fields({
  kind: oneOrMore(z.enum(originKinds)).optional(),
  name: oneOrMore(words(200, { description: 'Name of the mirror, the uploader or the bundle.' })).optional(),
}).refine((origin) => origin.kind !== undefined || origin.name !== undefined, {
  error: 'needs a kind or a name',
})

const builtFields = fields({
  from: dateOrInstant.optional().describe('Built then or later.'),
  to: dateOrInstant.optional().describe('Built then or earlier; a date includes its whole day.'),
}).refine((built) => built.from !== undefined || built.to !== undefined, { error: 'needs from or to' })

const licenceTest = listTest(licenceTerm, 'licences')
  .optional()
  .describe(
    'in: something listed comes with every choice the licence leaves. not_in: no choice stays within the list.',
  )

const flag = (meaning: string) => z.boolean().optional().describe(meaning)

const flags = {
  unmapped: flag('true: nobody has said what the package is called upstream, so no CVE can be found.'),
  signed: flag('true: it has a signature that this server has verified.'),
  attested: flag('true: it has a statement of its origin that this server has verified.'),
  link_scripts: flag('true: it brings scripts that run when it is installed or removed.'),
  executables_in_noarch: flag('true: it says that it runs anywhere and carries machine code.'),
  legacy_duplicate: flag('true: it is a .tar.bz2 beside a .conda of the same build.'),
} satisfies Readonly<Record<FlagFact, z.ZodType>>

export const flagNames = Object.keys(flagFacts) as FlagFact[] // its keys

const leaves = {
  package: listTest(matchSpec, 'match specs', specList)
    .optional()
    .describe('Name, version and build, as match specs.'),
  platform: listTest(platform, 'platforms').optional().describe('Platform (subdir) of the package.'),
  licence: licenceTest,
  license: licenceTest,
  cve: z
    .union([scoreOrId(score), cveFields])
    .optional()
    .describe('There is one CVE for which all of this holds.'),
  age: bounds(quantity(duration), duration).optional().describe('Time since this server first saw the file.'),
  build_age: bounds(quantity(duration), duration)
    .optional()
    .describe("Time since it was built by the builder's own account; never when there is none."),
  built: builtFields
    .optional()
    .describe("The builder's own claim of when it was built; anybody can write it."),
  size: bounds(quantity(size), size).optional().describe('Size of the package file.'),
  origin: z
    .union([z.enum(originKinds), originFields])
    .optional()
    .describe('How the package came here.'),
  ...flags,
}

type Leaves = z.output<z.ZodObject<typeof leaves>>

/** All given fields must hold. */
export interface ConditionDocument extends Leaves {
  all?: ConditionDocument[] | undefined
  any?: ConditionDocument[] | undefined
  not?: ConditionDocument | undefined
}

const condition: z.ZodType<ConditionDocument> = z
  .lazy(() => {
    const several = z.array(condition).min(1, 'is an empty list').max(maxConditions)
    return fields({
      all: several.optional().describe('Every one of these holds.'),
      any: several.optional().describe('At least one of these holds.'),
      not: condition.optional().describe('This does not hold.'),
      ...leaves,
    })
      .refine((given) => Object.values(given).some((one) => one !== undefined), { error: 'says nothing' })
      .refine((given) => given.licence === undefined || given.license === undefined, {
        error: 'gives licence in both spellings; use one',
      })
  })
  .meta({ id: 'condition', description: 'What a rule asks of an artifact. Several fields: all must hold.' })

function endsBeforeItBegins({
  from,
  until,
}: {
  from?: string | undefined
  until?: string | undefined
}): boolean {
  const begin = from === undefined ? undefined : parseInstant(from)?.ms
  const end = until === undefined ? undefined : exclusiveEnd(until)
  return begin !== undefined && end !== undefined && end <= begin
}

const rule = fields({
  id: identifier.describe('Unique in the policy; messages and exceptions name it.'),
  description: words(2000, { description: 'For those who maintain the policy.' }).optional(),
  effect: z
    .enum(ruleEffects)
    .describe(
      'warn: say so. hide: not for new solves, links still work. hold: not yet. deny: not at all. ' +
        'allow: with final only, whatever the other rules of the policy say.',
    ),
  when: condition,
  final: z
    .boolean()
    .optional()
    .describe('true: where it applies, the rules of this policy that are not final do not count.'),
  from: dateOrInstant.optional().describe('It applies from then on.'),
  until: dateOrInstant.optional().describe('It applies until then; a date includes its whole day, UTC.'),
  reason: words(1000, { description: 'For the person who is blocked; shown in the message.' }).optional(),
})
  .refine((given) => given.effect !== 'allow' || given.final === true, {
    error:
      'allows, which is what happens without a rule; to overrule other rules of this policy it needs final: true',
  })
  .refine((given) => !endsBeforeItBegins(given), { error: 'ends before it begins' })
  .meta({ id: 'rule' })

const exception = fields({
  id: identifier.describe('Unique in the policy.'),
  match: fields({
    package: z.union([matchSpec, specList]).optional().describe('Only these packages. Without it: all.'),
    cve: oneOrMore(cveId)
      .optional()
      .describe('Leave these CVEs out of account. Without it: lift whole rules.'),
    rule: oneOrMore(identifier).optional().describe('Only for these rules. Without it: all of this policy.'),
    file: oneOrMore(filePath).optional().describe('Only these files: linux-64/openssl-1.1.1w-0.conda.'),
  }),
  reason: words(1000, { description: 'Why, for the record.' }),
  expires: dateOrInstant
    .optional()
    .describe(
      'A date: holds until the end of that day, UTC. An instant: holds until then. Without it: no end.',
    ),
}).meta({ id: 'exception' })

const shorthand = (effect: string) =>
  z
    .array(condition)
    .max(maxConditions)
    .optional()
    .describe(
      `Short for rules with the effect ${effect}${effect === 'allow' ? ', each of them final' : ''}, one for each.`,
    )

export const policyDocument = fields({
  $schema: z.string().optional().describe('Where the JSON Schema lies, for editors.'),
  version: z.literal(1).optional().describe('Version of the policy language.'),
  name: words(100, { description: "Shown in messages. Without it: the file's name." }).optional(),
  description: words(2000, { description: 'What the policy is for.' }).optional(),
  allow: shorthand('allow'),
  deny: shorthand('deny'),
  hold: shorthand('hold'),
  hide: shorthand('hide'),
  warn: shorthand('warn'),
  rules: z.array(rule).max(maxConditions).optional(),
  exceptions: z.array(exception).max(maxListed).optional(),
})

export type PolicyDocument = z.output<typeof policyDocument>
export type RuleDocument = z.output<typeof rule>
export type ExceptionDocument = z.output<typeof exception>

/** The published JSON Schema; policy.schema.json holds it and a test keeps that current. */
export function policyJsonSchema(): Readonly<Record<string, unknown>> {
  const schema = z.toJSONSchema(policyDocument, { target: 'draft-2020-12', io: 'input' })
  return {
    ...schema,
    title: 'Terrarium policy',
    description: 'Which packages a channel may serve. See docs/POLICIES.md.',
  }
}
