/**
 * What is known of the recipes of labelled rows: from a file of recipe facts, or from the row, whose source may name the
 * patches that the recipe of the build lists ("build number 3 lists CVE-2022-37434.patch"). A server reads the same from
 * the package itself.
 */
import { z } from 'zod'
import { AppError } from '../../vocabulary/errors.ts'
import { cvesIn, noBuildFacts, nameOfSpec, type BuildFacts } from '../build-facts.ts'
import type { TruthRow } from './truth-file.ts'

const recipe = z.object({
  package: z.string(),
  version: z.string().optional(),
  build_number: z.number().int().optional(),
  channel: z.string().optional(),
  subdir: z.string().optional(),
  /** The file, and the CVEs that its header or the recipe's comments name. */
  patches: z.array(z.object({ file: z.string(), cves: z.array(z.string()).default([]) })).default([]),
  /** Run-time dependencies, as match specs. */
  depends: z.array(z.string()).default([]),
})
export type RecipeFacts = z.infer<typeof recipe>

/** JSON lines. @throws AppError bad-request naming the line */
export function parseRecipeFacts(text: string, name: string): readonly RecipeFacts[] {
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return []
    const parsed = recipe.safeParse(readJson(line))
    if (parsed.success) return [parsed.data]
    const [fault] = parsed.error.issues
    const where = fault ? `${fault.path.join('.')}: ${fault.message}` : 'not understood'
    throw new AppError('bad-request', `${name}:${index + 1} is no recipe fact: ${where}`)
  })
}

function readJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

/** @returns undefined where nothing is known of the build */
export function buildFactsOf(row: TruthRow, recipes: readonly RecipeFacts[]): BuildFacts | undefined {
  const own = recipes.filter((facts) => speaksOf(facts, row))
  const patches = [
    ...own.flatMap((facts) =>
      facts.patches.map(({ file, cves }) => ({ file, vulnerabilityIds: [...cvesIn(file), ...cves] })),
    ),
    ...citedPatches(row.source).map((file) => ({ file, vulnerabilityIds: cvesIn(file) })),
  ]
  const dependsOn = own.flatMap((facts) => facts.depends.map(nameOfSpec))
  return own.length === 0 && patches.length === 0 ? undefined : { ...noBuildFacts, patches, dependsOn }
}

function speaksOf(facts: RecipeFacts, row: TruthRow): boolean {
  return (
    facts.package === row.package &&
    (facts.version ?? row.version) === row.version &&
    (facts.build_number ?? row.build_number) === row.build_number &&
    (facts.channel ?? row.channel) === row.channel &&
    (facts.subdir ?? row.subdir) === row.subdir
  )
}

/** Of "... (build number 1 lists 0003-CVE-2022-23308.patch)". */
function citedPatches(source: string): string[] {
  return [...source.matchAll(/(?:build number \d+[^)]*?|\) )\b([\w./-]+\.(?:patch|diff))\b/g)].flatMap(
    ([, file]) => file ?? [],
  )
}
