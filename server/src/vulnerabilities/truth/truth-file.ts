/**
 * A file of labelled rows: for a package file (name, version, and where it matters build, channel and platform), does
 * this CVE concern it? Made by people from other sources than the matcher's, so that it can be measured.
 */
import { z } from 'zod'
import { AppError } from '../../vocabulary/errors.ts'

const truthRow = z.object({
  id: z.string(),
  package: z.string(),
  version: z.string(),
  build_number: z.number().int().optional(),
  channel: z.string().optional(),
  subdir: z.string().optional(),
  cve: z.string(),
  affected: z.boolean(),
  /** Why the row is in the file: `range`, `recipe-patch`, `platform`. */
  class: z.string(),
  /** What the label rests on; may name the patches that the recipe of the build lists. */
  source: z.string().default(''),
  /** `cpe:haxx:curl`, `pkg:pypi/urllib3`. */
  upstream: z.string(),
  /** As the cited advisory has it: `>=2.0.0,<2.0.6 || <1.26.17 AND windows`. */
  range: z.string().optional(),
  component: z.string().optional(),
  advisory: z.string().optional(),
})
export type TruthRow = z.infer<typeof truthRow>

const truthFile = z.object({ rows: z.array(truthRow).min(1) })

/** @throws AppError bad-request with the first rows and fields that are wrong */
export function parseTruthFile(text: string, name: string): readonly TruthRow[] {
  const parsed = truthFile.safeParse(readJson(text, name))
  if (parsed.success) return parsed.data.rows
  const faults = parsed.error.issues.slice(0, 5).map(({ path, message }) => `${path.join('.')}: ${message}`)
  throw new AppError('bad-request', `${name} is no file of labelled rows: ${faults.join('; ')}`)
}

function readJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new AppError('bad-request', `${name} is not valid JSON`, { cause })
  }
}
